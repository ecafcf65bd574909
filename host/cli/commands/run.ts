/** `loadstar run`: translate, ask Envoy whether it takes the result, start it, tell what listens, until Ctrl-C. */
import { existsSync } from 'node:fs';
import { emit } from '../../envoy/emit.ts';
import { moduleFor } from '../../filter/module.ts';
import { findEnvoy } from '../../run/binary.ts';
import { cacheDir } from '../../run/cache-dir.ts';
import { refusal } from '../../run/command-line.ts';
import { RunError } from '../../run/errors.ts';
import { explainLog, isExpected } from '../../run/log.ts';
import { thisMachine } from '../../run/machine.ts';
import { takenPorts } from '../../run/ports.ts';
import { type RunningEnvoy, type StartOptions, startEnvoy } from '../../run/process.ts';
import { type Args, wholeNumber } from '../args.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../errors.ts';
import { load, refusedText, report } from '../input.ts';
import type { Io } from '../io.ts';
import { envoyOptions, findOptions, inputOptions } from '../options.ts';
import { ownPorts } from '../own-ports.ts';
import { summarize } from '../summary.ts';

export const run: Command = {
  name: 'run',
  summary: 'translate manifests and run an Envoy with them',
  usage: '-f PATH… [OPTIONS]',
  description: [
    'Translates, lets Envoy check the result, starts it and prints where it listens, with a line for each route and the\npolicy that holds there. Runs until Ctrl-C, which lets requests under way finish (3 s at most; a second Ctrl-C ends at once).',
    'Envoy is found as `loadstar envoy` says, and fetched once when there is none.',
  ],
  options: {
    ...inputOptions,
    ...findOptions,
    concurrency: { value: 'N', help: 'worker threads of Envoy (default: one per core)' },
    'keep-going': { help: 'run what is left when something is refused' },
    ...envoyOptions,
  },
  operands: 'file',
  examples: ['loadstar run -f manifests/', 'loadstar run -f shop.yaml --engine native --admin 127.0.0.1:0'],
  async run(args, io) {
    const concurrency = concurrencyOf(args);
    const translation = await load(args, io);
    const { engine } = translation.options;
    const wasm = moduleFor(translation.plan, translation.options);
    report(translation.diagnostics, 'text', io);
    if (translation.refused && !args.has('keep-going')) {
      io.stderr(refusedText(translation.diagnostics, 'Envoy was not started'));
      return EXIT.refused;
    }
    if (engine === 'filter' && !existsSync(wasm)) throw new RunError(`the filter is missing: ${wasm}`);
    const machine = thisMachine();
    const envoy = await findEnvoy(machine, {
      explicit: args.one('envoy'),
      cacheDir: cacheDir(io.home, io.env, existsSync),
      progress: (line) => io.stderr(`loadstar: ${line}\n`),
    });
    const start: StartOptions = {
      envoy,
      config: emit(translation.bootstrap, 'yaml'),
      format: 'yaml',
      files: engine === 'filter' ? [wasm] : [],
      concurrency,
      onLog: (line) => {
        if (!isExpected(line)) io.stderr(`${line}\n`);
      },
    };
    const taken = await takenPorts(ownPorts(translation.plan, translation.options));
    if (taken.length > 0) throw new RunError(taken.join('\nloadstar: '));
    const no = await refusal(machine, start);
    if (no !== undefined) throw new RunError(`Envoy refuses the configuration: ${no}`);
    return await serve(start, io, (running) => summarize(translation.plan, envoy, running));
  },
};

function concurrencyOf(args: Args): number | undefined {
  const given = args.one('concurrency');
  return given === undefined ? undefined : wholeNumber('--concurrency', given, 1, 1024);
}

/** From the start to the end, which is Ctrl-C (code 0) or Envoy's own (an error). A second Ctrl-C does not wait. */
async function serve(
  start: StartOptions,
  io: Io,
  summary: (running: RunningEnvoy) => Promise<string>,
): Promise<number> {
  const starting = new AbortController();
  let running: RunningEnvoy | undefined;
  let stops = 0;
  const off = io.onStop(() => {
    stops += 1;
    starting.abort();
    if (stops > 1) running?.kill();
    else void running?.stop();
  });
  try {
    running = await startEnvoy({ ...start, signal: starting.signal });
    io.stdout(await summary(running));
    const { code, signal, log } = await running.ended;
    if (stops > 0) return EXIT.good;
    const how = signal === null ? `with code ${code}` : `by ${signal}`;
    throw new RunError(`Envoy ended ${how}: ${explainLog(log) || 'it said nothing'}`);
  } catch (error) {
    running?.kill();
    await running?.ended;
    if (stops > 0) return EXIT.good;
    throw error;
  } finally {
    off();
  }
}
