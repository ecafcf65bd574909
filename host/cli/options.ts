/** Options that several commands share, and their values. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { EnvoyOptions } from '../envoy/envoy-types.ts';
import { RunError, UsageError } from '../run/errors.ts';
import type { InputOptions } from '../translate.ts';
import { type Args, hostPort, type OptionTable, wholeNumber } from './args.ts';
import type { Io } from './io.ts';

export const inputOptions: OptionTable = {
  file: {
    short: 'f',
    value: 'PATH',
    repeatable: true,
    help: 'manifests: a file, a folder or - for standard input; repeatable',
  },
  namespace: {
    short: 'n',
    value: 'NS',
    help: 'namespace of documents that name none, nor their kustomization (default: default)',
  },
  gateway: {
    value: 'NS/NAME',
    help: 'only this Gateway, with its routes and policies (default: all, in one Envoy)',
  },
  'privileged-ports': { help: 'bind ports below 1024 as they stand (default: as port + 10000)' },
  'rate-limit-service': {
    value: 'HOST:PORT',
    help: 'the service that global rate limits are counted by (gRPC, envoy.service.ratelimit.v3)',
  },
  'rate-limit-fail-closed': {
    help: 'refuse limited requests while that service does not answer (default: let them pass)',
  },
  strict: { help: 'error instead of warning for what the APIs have and Loadstar does not translate' },
};

export const engineOptions: OptionTable = {
  engine: {
    value: 'ENGINE',
    choices: ['filter', 'native'],
    help: 'what picks hosts: the wasm filter (default), or Envoy alone',
  },
  wasm: {
    value: 'PATH',
    help: 'path of the filter as Envoy sees it (default: the one in the folder of this program)',
  },
};

export const envoyOptions: OptionTable = {
  ...engineOptions,
  admin: { value: 'HOST:PORT', help: "address of Envoy's admin interface (default: 127.0.0.1:19000)" },
  zone: { value: 'ZONE', help: 'zone this Envoy runs in, for zone-aware routing' },
};

/** Of input that is watched. */
export const liveOptionTable: OptionTable = {
  'dns-server': {
    value: 'HOST:PORT',
    help: "asks this server for names of backends (default: the system's)",
  },
  'drain-time': {
    value: 'SECONDS',
    help: 'how long connections of a listener that changes may last (default: 600)',
  },
};
/** Of `--drain-time`. @throws {UsageError} */
export const drainSeconds = (args: Args): number | undefined => numberOf(args, 'drain-time', 0, 86_400);

/** A whole number in a range; undefined: not given. @throws {UsageError} */
export function numberOf(args: Args, name: string, least: number, most: number): number | undefined {
  const given = args.one(name);
  return given === undefined ? undefined : wholeNumber(`--${name}`, given, least, most);
}

export const helpOption: OptionTable = { help: { short: 'h', help: 'print this text' } };

/** At least one path, or Kubernetes. @throws {UsageError} */
export function inputPaths(args: Args): readonly string[] {
  const paths = args.many('file');
  if (paths.length === 0 && !args.has('kubernetes'))
    throw new UsageError('no manifests are given: -f PATH (a file, a folder, or - for standard input)');
  return paths;
}

/**
 * What is refused keeps nothing else from being served. A cluster has many authors: none of them may stop the
 * others.
 */
export const keepsGoing = (args: Args): boolean => args.has('keep-going') || args.has('kubernetes');

/** What the command line says about the input. @throws {UsageError} for a name that none can have */
export function inputValues(args: Args): InputOptions {
  const namespace = args.one('namespace');
  if (namespace !== undefined) checkNamespace(namespace);
  return {
    strict: args.has('strict'),
    namespace,
    gateway: gatewayName(args),
    privilegedPorts: args.has('privileged-ports'),
    globalLimits: args.one('rate-limit-service') !== undefined,
  };
}

/** @throws {UsageError} for a name that none can have */
export function checkNamespace(name: string): void {
  if (!/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(name))
    throw new UsageError(`--namespace must be the name of a namespace, not ${JSON.stringify(name)}`);
}

/** `namespace/name` of `--gateway`. @throws {UsageError} */
export function gatewayName(args: Args): string | undefined {
  const gateway = args.one('gateway');
  const parts = gateway?.split('/') ?? [];
  if (gateway !== undefined && (parts.length > 2 || parts.includes('')))
    throw new UsageError(`--gateway must be NAMESPACE/NAME, not ${JSON.stringify(gateway)}`);
  return parts.length === 1 ? `${args.one('namespace') ?? 'default'}/${gateway}` : gateway;
}

/** Of `--admin`. @throws {UsageError} */
export const adminAddress = (args: Args) => hostPort('--admin', args.one('admin') ?? '127.0.0.1:19000');

/**
 * @throws {UsageError} for a bad --admin
 * @throws {RunError} when the filter is needed and its file does not exist
 */
export function envoyValues(args: Args, io: Io): EnvoyOptions {
  const counting = rateLimitService(args);
  const engine = args.one('engine') === 'native' ? 'native' : 'filter';
  const given = args.one('wasm');
  const wasm = engine === 'native' ? '' : wasmPath(given, io);
  const [pick, report] = ['loadstar-pick.wasm', 'loadstar-report.wasm'].map((name) =>
    join(dirname(wasm), name),
  );
  return {
    engine,
    wasm,
    // A user who names a module may have copied only that one to where Envoy reads it, so the others are not
    // chosen.
    ...(engine === 'filter' && given === undefined && existsSync(pick!) && existsSync(report!)
      ? { roles: { pick: pick!, report: report! } }
      : {}),
    admin: adminAddress(args),
    rateLimitService: counting,
    zone: args.one('zone'),
  };
}

function rateLimitService(args: Args): EnvoyOptions['rateLimitService'] {
  const given = args.one('rate-limit-service');
  const failClosed = args.has('rate-limit-fail-closed');
  const [, address, ip, port] = /^([a-zA-Z0-9.-]+|\[([0-9a-fA-F:.]+)\]):(\d{1,5})$/.exec(given ?? '') ?? [];
  if (address !== undefined && Number(port) > 0 && Number(port) < 65_536)
    return { address: ip ?? address, port: Number(port), failClosed };
  if (given !== undefined)
    throw new UsageError(
      `--rate-limit-service must be a host and a port, as 127.0.0.1:8081, not ${JSON.stringify(given)}`,
    );
  if (failClosed) throw new UsageError('--rate-limit-fail-closed needs --rate-limit-service HOST:PORT');
  return undefined;
}

/**
 * Absolute, because Envoy resolves a relative path against its own working directory.
 * @throws {RunError} when the filter's file does not exist
 */
export function wasmPath(given: string | undefined, io: Pick<Io, 'home'>): string {
  if (given !== undefined) return resolve(given);
  const candidates = [join(io.home, 'loadstar.wasm'), join(io.home, '..', 'dist', 'loadstar.wasm')];
  const found = candidates.find((path) => existsSync(path));
  if (found === undefined) {
    throw new RunError(
      `the filter is missing: ${candidates[0]}. Build it (npm run build), name it (--wasm PATH), or do without (--engine native)`,
    );
  }
  return resolve(found);
}

export const findOptions: OptionTable = {
  envoy: { value: 'PATH', help: 'the Envoy to use (default: found, or fetched once)' },
};
