/**
 * The section `translate`: wall time and peak memory of `node dist/loadstar.mjs translate` as a process, for
 * 10 to 10,000 routes with a policy, a Service and two EndpointSlices each.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixed, table } from '../report/table.ts';
import { cliFile } from '../support/cli.ts';
import { type LoadBalancer, manifests, yamlText } from '../support/manifests.ts';
import { type Spread, spread } from '../support/stats.ts';

export interface Translation {
  readonly routes: number;
  readonly engine: 'filter' | 'native';
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly seconds: Spread;
  /** Largest resident set of the runs, MiB. */
  readonly peakMiB: number;
  /** All runs wrote the same bytes. */
  readonly same: boolean;
}

/**
 * `egctl x translate` of Envoy Gateway v1.9.1 on a machine of this kind: quoted from the project's issue, not
 * run here.
 */
export const egctl = [
  { input: 'the documents’ one file', seconds: 2.6 },
  { input: '1,000 routes', seconds: 183 },
] as const;

const kinds: readonly LoadBalancer[] = [
  { kind: 'header', name: 'x-user' },
  { kind: 'cookie', name: 'session' },
  { kind: 'utilization' },
];

export function benchTranslate(quick: boolean, log: (line: string) => void): Translation[] {
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-bench-'));
  try {
    const counts = quick ? [10, 100, 1000] : [10, 100, 1000, 10_000];
    return counts.flatMap((routes) => {
      const input = join(folder, 'in.yaml');
      const list = Array.from({ length: routes }, (_, i) => ({
        loadBalancer: kinds[i % kinds.length]!,
        ports: [3000 + (i % 50), 4000 + (i % 70)],
      }));
      writeFileSync(input, yamlText(manifests(list)));
      log(`${routes} routes: ${statSync(input).size} bytes`);
      const repeats = routes >= 10_000 || quick ? 3 : 7;
      return (['filter', 'native'] as const).map((engine) => runs(folder, input, routes, engine, repeats));
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runs(
  folder: string,
  input: string,
  routes: number,
  engine: Translation['engine'],
  repeats: number,
): Translation {
  const output = join(folder, 'envoy.yaml');
  // The child's own account of its largest resident set: from outside it would have to be polled.
  const hook = join(folder, 'peak.cjs');
  writeFileSync(hook, "process.on('exit',()=>process._rawDebug('peak '+process.resourceUsage().maxRSS));");
  const seconds: number[] = [];
  const peaks: number[] = [];
  const digests = new Set<string>();
  for (let i = 0; i < repeats; i++) {
    const begin = process.hrtime.bigint();
    const run = spawnSync(
      process.execPath,
      ['--require', hook, cliFile, 'translate', '-f', input, '-o', output, '--engine', engine],
      { encoding: 'utf8' },
    );
    seconds.push(Number(process.hrtime.bigint() - begin) / 1e9);
    if (run.status !== 0)
      throw new Error(`translate ended with ${run.status}:\n${run.stderr.slice(0, 2000)}`);
    peaks.push(Number(/^peak (\d+)$/m.exec(run.stderr)?.[1] ?? Number.NaN) / 1024);
    digests.add(createHash('sha256').update(readFileSync(output)).digest('hex'));
  }
  return {
    routes,
    engine,
    inputBytes: statSync(input).size,
    outputBytes: statSync(output).size,
    seconds: spread(seconds),
    peakMiB: Math.max(...peaks),
    same: digests.size === 1,
  };
}

export function renderTranslate(results: readonly Translation[]): string {
  const rows = table<Translation>(
    [
      { title: 'routes', of: (r) => String(r.routes), right: true },
      { title: 'engine', of: (r) => r.engine },
      { title: 'input KiB', of: (r) => fixed(r.inputBytes / 1024, 0), right: true },
      { title: 'output KiB', of: (r) => fixed(r.outputBytes / 1024, 0), right: true },
      { title: 'min s', of: (r) => fixed(r.seconds.min, 2), right: true },
      { title: 'median s', of: (r) => fixed(r.seconds.median, 2), right: true },
      { title: 'peak MiB', of: (r) => fixed(r.peakMiB, 0), right: true },
      { title: 'same bytes', of: (r) => (r.same ? 'yes' : 'NO') },
    ],
    results,
  );
  const quoted = egctl.map((run) => `${run.seconds} s for ${run.input}`).join(', ');
  return `${rows}\nEnvoy Gateway's egctl, quoted: ${quoted}. Aims: 0.25 s for one file, 1.5 s for 1,000 routes.`;
}
