/**
 * `loadstar run`: translates, lets Envoy check the result, starts Envoy, prints where it listens, and waits
 * for Ctrl-C.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap } from '../../envoy/bootstrap.ts';
import { emit } from '../../envoy/emit.ts';
import type { Bootstrap } from '../../envoy/envoy-types.ts';
import { modulesOf } from '../../filter/module.ts';
import { liveOptions } from '../../live/configuration.ts';
import { findEnvoy } from '../../run/binary.ts';
import { cacheDir } from '../../run/cache-dir.ts';
import { refusal, runFolder } from '../../run/command-line.ts';
import { EXIT, RunError, UsageError } from '../../run/errors.ts';
import { explainLog, isExpected } from '../../run/log.ts';
import { thisMachine } from '../../run/machine.ts';
import { takenPorts } from '../../run/ports.ts';
import { type RunningEnvoy, type StartOptions, startEnvoy } from '../../run/process.ts';
import type { Temporary } from '../../run/temporary.ts';
import { type FileWatch, watchFiles } from '../../sources/files.ts';
import type { Args } from '../args.ts';
import type { Command } from '../command.ts';
import {
  dashboardOptions,
  dashboardWanted,
  type InForce,
  oneEnvoy,
  type RunningDashboard,
  startDashboard,
} from '../dashboard.ts';
import { type Loaded, load, refusedText, report, verdict } from '../input.ts';
import { type Io, readOnce } from '../io.ts';
import { LiveRun } from '../live.ts';
import { forLive } from '../live-view.ts';
import {
  drainSeconds,
  envoyOptions,
  envoyValues,
  findOptions,
  inputOptions,
  inputPaths,
  liveOptionTable,
  numberOf,
} from '../options.ts';
import { ownPorts } from '../own-ports.ts';
import { onAbort, orStopped, type Stop, untilStopped } from '../stopping.ts';
import { summarize } from '../summary.ts';
import { hasFiles, writeCertificates } from '../tls-files.ts';

export const run: Command = {
  name: 'run',
  summary: 'translate manifests and run an Envoy with them',
  usage: '-f PATH… [OPTIONS]',
  description: [
    'Translates, lets Envoy check the result, starts it and prints where it listens, with a line for each route and its\npolicy. Runs until Ctrl-C; requests under way may then finish (3 s at most; a second Ctrl-C ends at once).',
    'Watches the files and folders that it was given (not standard input) and brings each change to its Envoy while it runs.\nNo request fails. A change that is refused is reported, and Envoy keeps what it has.',
    'Envoy is searched as in `loadstar envoy`, and downloaded once if there is none. No other process can listen on its ports.',
  ],
  options: {
    ...inputOptions,
    ...findOptions,
    concurrency: { value: 'N', help: 'worker threads of Envoy (default: one per core)' },
    'no-watch': { help: 'read the manifests once, and give Envoy one static file' },
    ...liveOptionTable,
    'keep-going': { help: 'run what is valid when something is refused' },
    ...dashboardOptions,
    ...envoyOptions,
  },
  operands: 'file',
  examples: [
    'loadstar run -f manifests/',
    'loadstar run -f manifests/ --dashboard',
    'loadstar run -f shop.yaml --engine native --admin 127.0.0.1:0',
  ],
  async run(args, io) {
    const concurrency = concurrencyOf(args);
    dashboardWanted(args);
    // A signal before Envoy serves is as good an end as one after that.
    return (await untilStopped(io, (stop) => watchAndServe(args, io, concurrency, stop))) ?? EXIT.good;
  },
};

const concurrencyOf = (args: Args): number | undefined => numberOf(args, 'concurrency', 1, 1024);

/** Watches before anything is read: a change while Envoy is fetched or starts is not lost. */
async function watchAndServe(
  args: Args,
  io: Io,
  concurrency: number | undefined,
  stop: Stop,
): Promise<number> {
  const watched = args.has('no-watch') ? [] : inputPaths(args).filter((path) => path !== '-');
  if (watched.length === 0 && args.one('dns-server') !== undefined)
    throw new UsageError('--dns-server needs input that is watched: Envoy itself resolves names otherwise');
  const watch = watched.length > 0 ? await watchFiles(watched) : undefined;
  try {
    return await translateAndServe(args, io, concurrency, stop, watch);
  } finally {
    watch?.close();
  }
}

async function translateAndServe(
  args: Args,
  io: Io,
  concurrency: number | undefined,
  stop: Stop,
  watch: FileWatch | undefined,
): Promise<number> {
  const { signal } = stop;
  const drain = drainSeconds(args);
  const given = { ...envoyValues(args, io), exclusivePorts: true };
  const options = watch === undefined ? given : liveOptions(given);
  const input = readOnce(io);
  const translation = await orStopped(load(args, input, options), signal);
  const { diagnostics, refused } = verdict(translation, io);
  report(watch === undefined ? diagnostics : forLive(diagnostics), 'text', io);
  if (refused && !args.has('keep-going')) {
    io.stderr(refusedText(diagnostics, 'Envoy was not started'));
    return EXIT.refused;
  }
  const wanted = options.engine === 'native' ? [] : [options.wasm, ...modulesOf(translation.filter, options)];
  const missing = wanted.find((path) => !existsSync(path));
  if (missing !== undefined) throw new RunError(`the filter is missing: ${missing}`);
  const machine = thisMachine();
  const envoy = await findEnvoy(machine, {
    explicit: args.one('envoy'),
    cacheDir: cacheDir(io.home, io.env, existsSync),
    progress: (line) => io.stderr(`loadstar: ${line}\n`),
    signal,
  });
  const shown = dashboardWanted(args);
  let page: RunningDashboard | undefined;
  const live =
    watch === undefined
      ? undefined
      : await LiveRun.create(args, input, translation, watch, {
          drainSeconds: drain,
          onChange: shown && ((change) => page?.changed('', change)),
        });
  const still = live === undefined ? stillConfiguration(translation) : undefined;
  try {
    const start: StartOptions = {
      envoy,
      config: emit(live?.bootstrap ?? still?.bootstrap, 'yaml'),
      format: 'yaml',
      files: [...wanted, ...(still?.files ?? [])],
      folder: still?.folder,
      concurrency,
      drainSeconds: drain,
      onLog: (line) => {
        if (!isExpected(line)) io.stderr(`${line}\n`);
      },
      signal,
    };
    const taken = await takenPorts(ownPorts(translation.plan, options));
    if (taken.length > 0) throw new RunError(taken.join('\nloadstar: '));
    const no = await refusal(machine, start, signal);
    if (no !== undefined) throw new RunError(`Envoy refuses the configuration: ${no}`);
    signal.throwIfAborted();
    const summary = async (running: RunningEnvoy) => {
      page =
        shown &&
        (await startDashboard(
          shown,
          io,
          oneEnvoy(running, () => inForce(translation, live)),
        ));
      return `${await summarize(translation.plan, envoy, running)}${page === undefined ? '' : `dashboard ${page.url}\n`}`;
    };
    if (live === undefined) return await serve(start, stop, io, summary);
    return await serve(await live.serve(start), stop, io, summary, live);
  } finally {
    await page?.close();
    await live?.close();
    still?.folder?.remove();
  }
}

/** Without changes it is what was translated. */
function inForce({ plan, filter, model }: Loaded, live: LiveRun | undefined): InForce {
  if (live === undefined) return { named: { plan, labels: new Map() }, filter, model };
  const { configuration, loaded } = live.inForce;
  return { named: configuration.named, filter: configuration.filter, model: loaded.model };
}

/** One static file. Keys are files in the folder of this run, which goes with it. */
function stillConfiguration({ plan, filter, options, bootstrap: whole }: Loaded): {
  readonly bootstrap: Bootstrap;
  readonly folder?: Temporary;
  readonly files: readonly string[];
} {
  if (!hasFiles(plan)) return { bootstrap: whole, files: [] };
  const folder = runFolder();
  const tlsFolder = join(folder.path, 'tls');
  writeCertificates({ path: tlsFolder, own: true }, plan);
  const files = [join(tlsFolder, 'any')];
  return { bootstrap: bootstrap(plan, { ...options, tlsFolder }, filter), folder, files };
}

/**
 * From the start to the end, which is a signal (code 0) or Envoy's own (an error). A second signal does not
 * wait.
 */
async function serve(
  start: StartOptions,
  stop: Stop,
  io: Io,
  summary: (running: RunningEnvoy) => Promise<string>,
  live?: LiveRun,
): Promise<number> {
  const running = await startEnvoy(start);
  try {
    // An Envoy that ends while it has a server warns that it lost it.
    onAbort(stop.signal, async () => {
      await live?.close();
      await running.stop();
    });
    onAbort(stop.force, () => running.kill());
    live?.watch();
    io.stdout(await summary(running));
    const { code, signal, log } = await running.ended;
    if (stop.signal.aborted) return EXIT.good;
    const how = signal === null ? `with code ${code}` : `by ${signal}`;
    throw new RunError(`Envoy ended ${how}: ${explainLog(log) || 'it said nothing'}`);
  } finally {
    if (!stop.signal.aborted) running.kill();
    await running.ended;
  }
}
