/** `loadstar simulate`: how keys spread over the hosts, and what a change of hosts moves. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { emit } from '../../envoy/emit.ts';
import type { EnvoyOptions } from '../../envoy/envoy-types.ts';
import { hostsOf } from '../../filter/hosts.ts';
import { EXIT, RunError, reasonOf, UsageError } from '../../run/errors.ts';
import { type Change, changePool, resolveHost, unchanged } from '../../simulate/change.ts';
import { KeyCollector, MAX_ADDRESSES, numberedKey } from '../../simulate/keys.ts';
import { renderReport } from '../../simulate/render-report.ts';
import type { PoolReport } from '../../simulate/result.ts';
import type { Keys } from '../../simulate/simulate.ts';
import { runPool, type Side } from '../../simulate/simulate-pool.ts';
import { renderSvg } from '../../simulate/svg.ts';
import { type Target, targetsOf } from '../../simulate/target.ts';
import type { Translation } from '../../translate.ts';
import { type Args, wholeNumber } from '../args.ts';
import type { Command } from '../command.ts';
import { type Loaded, load, refusedText, report } from '../input.ts';
import type { Io } from '../io.ts';
import { forLive } from '../live-view.ts';
import { envoyOptions, inputOptions, inputPaths, wasmPath } from '../options.ts';
import { refuseInput } from '../own-output.ts';
import { progress } from '../progress.ts';
import { resolvedPlan } from '../resolved.ts';
import { replaceOutput } from '../write-file.ts';
import { loadFilter } from './explain.ts';

const MOST_KEYS = 100_000_000;

export const simulate: Command = {
  name: 'simulate',
  summary: 'show how keys spread over hosts, and which move after a change',
  usage: '-f PATH… [--remove HOST]… [--add HOST]… [OPTIONS]',
  description: [
    'Looks up many keys in the tables of the compiled filter, for each route that sends by key (ConsistentHash), and shows\nthe share of each host and the share that it should have by its weight. With a change it shows how many keys move, how\nmany of them had to (their host is gone), and the smallest number that any method could move. It needs no Envoy.',
    'A change is to remove hosts, add hosts or change weights, or a second set of manifests (--from OLD --to NEW). Keys are\nnumbered, or real ones: the first group of --key-regex in each line of --keys-from.',
  ],
  options: {
    ...inputOptions,
    from: { value: 'PATH', help: 'manifests before the change (with --to, in place of -f)' },
    to: { value: 'PATH', help: 'manifests after the change' },
    route: { value: 'NAME', help: 'only this route, rule or pool (default: all that send by key)' },
    keys: { value: 'N', help: 'number of keys (default: 100000)' },
    'keys-from': { value: 'FILE', help: 'real keys, one in each line; - for standard input' },
    'key-regex': {
      value: 'RE',
      help: 'which part of a line is the key: the first group, or the group named key',
    },
    remove: { value: 'HOST', repeatable: true, help: 'remove this host; repeatable' },
    add: { value: 'HOST', repeatable: true, help: 'add this host, IP:PORT or IP:PORT=WEIGHT; repeatable' },
    resolve: {
      value: 'NAME=IP,…',
      repeatable: true,
      help: 'takes these for the addresses of a DNS name; repeatable',
    },
    weights: { value: 'HOST=W,…', repeatable: true, help: 'give these hosts other weights' },
    svg: { value: 'FILE', help: 'draw the result into this SVG file' },
    format: { value: 'FORMAT', choices: ['text', 'json'], help: 'text (default) or json' },
    wasm: envoyOptions.wasm!,
  },
  operands: 'file',
  examples: [
    'loadstar simulate -f manifests/ --remove 127.0.0.11:3000',
    'loadstar simulate -f manifests/ --resolve backend=10.0.0.1,10.0.0.2 --add 10.0.0.3:3000',
    'loadstar simulate --from old.yaml --to new.yaml --keys 1000000 --svg moves.svg',
    "loadstar simulate -f manifests/ --route cookie-route --keys-from access.log --key-regex 'FooBar=(\\w+)'",
  ],
  async run(args, io) {
    const change = changeOf(args);
    const pattern = patternOf(args);
    const number = wholeNumber('--keys', args.one('keys') ?? '100000', 1, MOST_KEYS);
    const before = await read(args, io, args.has('from') ? 'from' : 'file');
    const after = args.has('to') ? await read(args, io, 'to') : undefined;
    if (before === undefined || (args.has('to') && after === undefined)) return EXIT.refused;
    const targets = targetsIn(before, args.one('route'));
    const module = loadFilter(wasmPath(args.one('wasm'), io));
    const listed = args.has('keys-from') ? await keysFrom(args.one('keys-from')!, pattern, io) : undefined;
    const changes = unchanged(change) ? undefined : resolveChange(change, targets);
    const notes: string[] = [];
    const sides = targets.flatMap((target) => {
      const next = afterwards(target, changes, after, notes);
      return next === 'skip' ? [] : [{ target, next }];
    });
    const total = sides.length * (listed?.length ?? number);
    const bar = progress(io, 'keys', total);
    let done = 0;
    const reports = sides.flatMap(({ target, next }): PoolReport[] => {
      const keys = listed ?? numbered(target, number);
      const found = runPool({
        module,
        before: target,
        after: next,
        routes: target.routes,
        keys,
        change: describeChange(changes ?? change, args),
        progress: (n) => bar.at(done + n),
      });
      done += keys.length;
      if (found === undefined)
        notes.push(`${target.pool.name}: its hosts are not known before Envoy runs, or it has none`);
      return found === undefined ? [] : [found];
    });
    bar.end();
    for (const note of notes) io.stderr(`loadstar: ${note}\n`);
    if (reports.length === 0) throw new RunError('there is nothing left to simulate');
    const svg = args.one('svg');
    if (svg !== undefined) {
      for (const read of [before, after]) if (read !== undefined) refuseInput('--svg', svg, read);
      replaceOutput(svg, renderSvg(reports));
    }
    io.stdout(
      args.one('format') === 'json' ? emit({ pools: reports }, 'json') : reports.map(renderReport).join('\n'),
    );
    return EXIT.good;
  },
};

/** Wrong combinations of options are reported before anything is read. */
function changeOf(args: Args): Change {
  const change: Change = {
    remove: args.many('remove'),
    add: args.many('add'),
    weights: args.many('weights').flatMap((list) => list.split(',')),
  };
  if (args.has('from') !== args.has('to')) throw new UsageError('--from and --to belong together');
  if (args.has('to') && args.has('file'))
    throw new UsageError('-f gives both sides: use either -f, or --from and --to');
  if (args.has('to') && !unchanged(change))
    throw new UsageError('--remove, --add and --weights change the manifests of -f, not those of --from');
  if (args.has('keys') && args.has('keys-from'))
    throw new UsageError('--keys numbers keys, --keys-from reads them: use one of them');
  if (['file', 'from', 'to', 'keys-from'].filter((name) => args.many(name).includes('-')).length > 1)
    throw new UsageError('standard input (-) can be read once: name a file for the other');
  if (args.has('key-regex') && !args.has('keys-from'))
    throw new UsageError('--key-regex needs --keys-from FILE');
  return change;
}

function patternOf(args: Args): RegExp | undefined {
  const text = args.one('key-regex');
  if (text === undefined) return undefined;
  try {
    return new RegExp(text, 'u');
  } catch (error) {
    throw new UsageError(`--key-regex ${JSON.stringify(text)}: ${reasonOf(error)}`);
  }
}

/** Undefined: the input was refused, and the reasons are already printed. */
async function read(args: Args, io: Io, option: 'file' | 'from' | 'to'): Promise<Loaded | undefined> {
  const translation = await load(args, io, NATIVE, option === 'file' ? inputPaths(args) : args.many(option));
  // No engine runs here: what the native one leaves out has no meaning.
  const told = translation.diagnostics.filter(({ code }) => code !== 'filter-steps-back');
  const diagnostics = args.has('resolve') ? forLive(told) : told;
  report(diagnostics, args.one('format') === 'json' ? 'json' : 'text', io);
  if (!translation.refused)
    return { ...translation, plan: resolvedPlan(translation.plan, args.many('resolve')) };
  if (args.one('format') !== 'json') io.stderr(refusedText(translation.diagnostics, 'nothing was simulated'));
  return undefined;
}

/**
 * No Envoy will be started. Both engines have the same tables, and native needs no module, so it is used
 * here.
 */
const NATIVE: EnvoyOptions = { engine: 'native', wasm: '', admin: { address: '127.0.0.1', port: 0 } };

function targetsIn({ plan }: Translation, wanted: string | undefined): readonly Target[] {
  const found = targetsOf(plan, wanted);
  if (!found.ok) throw new UsageError(found.problem);
  return found.targets;
}

/** Hosts by their full names; a name that no simulated pool knows is wrong usage. */
function resolveChange(change: Change, targets: readonly Target[]): Change {
  const known = [...new Set(targets.flatMap(({ pool }) => hostsOf(pool)))];
  const full = (option: string, host: string): string => {
    const found = resolveHost(known, host);
    if (found.kind === 'unknown') throw new UsageError(`${option} ${host}: ${found.because}`);
    return found.host;
  };
  return {
    remove: change.remove.map((host) => full('--remove', host)),
    add: change.add,
    weights: change.weights.map((item) => {
      const at = item.lastIndexOf('=');
      if (at < 0) throw new UsageError(`--weights must be HOST=WEIGHT, not ${JSON.stringify(item)}`);
      return `${full('--weights', item.slice(0, at))}${item.slice(at)}`;
    }),
  };
}

function afterwards(
  target: Target,
  change: Change | undefined,
  after: Translation | undefined,
  notes: string[],
): Side | undefined | 'skip' {
  if (after !== undefined) {
    const next = targetsOf(after.plan, target.pool.name);
    const same = next.ok ? next.targets.find(({ pool }) => pool.name === target.pool.name) : undefined;
    if (same !== undefined) return same;
    notes.push(`${target.pool.name} does not send by key after the change: left out`);
    return 'skip';
  }
  if (change === undefined) return undefined;
  const here = hostsOf(target.pool);
  const own: Change = {
    remove: change.remove.filter((host) => here.includes(host)),
    add: change.add,
    weights: change.weights.filter((item) => here.includes(item.slice(0, item.lastIndexOf('=')))),
  };
  const changed = changePool(target.pool, own);
  if (!changed.ok) throw new UsageError(changed.problems.join('\n'));
  return { route: target.route, pool: changed.pool };
}

function describeChange(change: Change, args: Args): string | undefined {
  if (args.has('to')) return `${args.one('from')} → ${args.one('to')}`;
  const parts = [
    ...change.remove.map((host) => `without ${host}`),
    ...change.add.map((host) => `with ${host}`),
    ...(change.weights.length === 0 ? [] : [`weights ${change.weights.join(', ')}`]),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
}

function numbered({ route }: Target, number: number): Keys {
  const kind = route.action.hash[0]!.kind;
  const length = kind === 'source-ip' ? Math.min(number, MAX_ADDRESSES) : number;
  return { length, at: (i) => numberedKey(kind, i), count: () => 1 };
}

/** @throws {RunError} when it cannot be read, or has no key. */
async function keysFrom(path: string, pattern: RegExp | undefined, io: Io): Promise<Keys> {
  const collector = new KeyCollector(pattern);
  if (path === '-')
    for (const line of Buffer.from(await io.stdin())
      .toString('utf8')
      .split(/\r?\n/))
      collector.add(line);
  else {
    try {
      const lines = createInterface({
        input: createReadStream(path, 'utf8'),
        crlfDelay: Number.POSITIVE_INFINITY,
      });
      for await (const line of lines) collector.add(line);
    } catch (error) {
      throw new RunError(`cannot read ${path}: ${reasonOf(error)}`);
    }
  }
  const { keys, counts, skipped } = collector.list();
  if (keys.length === 0)
    throw new RunError(
      `${path} has no key${skipped > 0 ? `: the pattern matches none of its ${skipped} lines` : ''}`,
    );
  if (skipped > 0)
    io.stderr(`loadstar: ${skipped} line${skipped === 1 ? '' : 's'} of ${path} without a key\n`);
  return { length: keys.length, at: (i) => keys[i]!, count: (i) => counts[i]! };
}
