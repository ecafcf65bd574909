/**
 * `npm run bench`: side-by-side figures of the filter and the translator, on stdout, as JSON and as a chart.
 * What is measured, how, and what the figures do not say: docs/BENCHMARKS.md.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { envoyBinary } from '../support/binary.ts';
import { type Options, parseOptions, type Section, UsageError, usage } from './args.ts';
import { benchDashboard, renderDashboard } from './dashboard/section.ts';
import { benchFilter, chartOf, goals, renderFilter } from './filter/section.ts';
import { benchLinear, renderLinear } from './linear/section.ts';
import { benchMaglev, renderMaglev } from './maglev/section.ts';
import { benchMemory, renderMemory } from './memory/section.ts';
import { benchOrca, renderOrca } from './orca/section.ts';
import { benchTranslate, egctl, renderTranslate } from './scale/section.ts';
import { requireBuild, root } from './support/cli.ts';
import { moduleBytes } from './support/module.ts';
import { benchTls } from './tls/section.ts';

type Results = Partial<Record<Section, unknown>>;

const print = (line: string) => process.stdout.write(`${line}\n`);
const note = (line: string) => process.stderr.write(`  ${line}\n`);

async function run(options: Options): Promise<void> {
  requireBuild();
  if (options.envoy !== undefined) process.env.ENVOY_PATH = options.envoy;
  const needsEnvoy = options.only.some((name) => name === 'filter' || name === 'tls' || name === 'memory');
  const envoy = needsEnvoy ? await envoyBinary() : '';
  const machine = `${cpus()[0]?.model.trim() ?? 'CPU'} × ${cpus().length}, Linux, Node ${process.version}`;
  const results: Results = {};
  mkdirSync(options.out, { recursive: true });
  for (const section of options.only) {
    print(`\n${section}\n${'─'.repeat(section.length)}`);
    switch (section) {
      case 'filter': {
        const result = await benchFilter({ ...options, envoy }, note);
        print(renderFilter(result));
        for (const line of goals(result)) print(line);
        writeFileSync(join(options.out, 'filter.svg'), chartOf(result, machine));
        results.filter = result;
        break;
      }
      case 'tls': {
        const result = await benchTls({ ...options, envoy }, note);
        print(renderFilter(result));
        results.tls = result;
        break;
      }
      case 'translate': {
        const result = benchTranslate(options.quick, note);
        print(renderTranslate(result));
        results.translate = { runs: result, quoted: egctl };
        break;
      }
      case 'linear': {
        const result = benchLinear(options.quick);
        print(renderLinear(result));
        results.linear = result;
        break;
      }
      case 'maglev': {
        const result = benchMaglev(options.quick);
        print(renderMaglev(result));
        results.maglev = result;
        break;
      }
      case 'orca': {
        const result = await benchOrca(options.quick);
        print(renderOrca(result));
        print(`module: ${moduleBytes().length} bytes (goal 40,960)`);
        results.orca = { moduleBytes: moduleBytes().length, reports: result };
        break;
      }
      case 'memory': {
        const result = await benchMemory(envoy, options.quick, note);
        print(renderMemory(result));
        results.memory = result;
        break;
      }
      case 'dashboard': {
        const result = await benchDashboard(options.quick, note);
        print(renderDashboard(result));
        results.dashboard = result;
        break;
      }
    }
  }
  const file = join(options.out, 'bench.json');
  // Sections that were not run keep the figures of the run before.
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as object) : {};
  writeFileSync(file, `${JSON.stringify({ ...before, machine, ...results }, rounded, 2)}\n`);
  print(`\nwritten: ${file.replace(root, '')}`);
}

/** Six significant digits: more would only be noise in a diff. */
const rounded = (_: string, value: unknown) =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;

try {
  await run(parseOptions(process.argv.slice(2), join(root, 'docs/bench')));
  process.exit(0);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${usage}`);
  process.exit(2);
}
