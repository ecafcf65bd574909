/**
 * The live part of `loadstar run`: serves its Envoy, watches the input, brings each change to it, and tells.
 */
import { join } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { emit } from '../envoy/emit.ts';
import type { Bootstrap } from '../envoy/types.ts';
import { FilterCheck } from '../filter/check.ts';
import { type Configuration, Configurations } from '../live/configuration.ts';
import { LiveEngine, type Reading } from '../live/engine.ts';
import { namesOf, withAddresses } from '../live/resolve.ts';
import { socketsOf } from '../plan/sockets.ts';
import type { Plan } from '../plan/types.ts';
import { runFolder } from '../run/command-line.ts';
import { RunError } from '../run/errors.ts';
import { takenPorts } from '../run/ports.ts';
import type { StartOptions } from '../run/process.ts';
import type { Temporary } from '../run/temporary.ts';
import { DnsSource, lookupsAt } from '../sources/dns.ts';
import type { FileWatch } from '../sources/files.ts';
import { startBootstrap } from '../xds/bootstrap.ts';
import { encode } from '../xds/encode.ts';
import { EnvoyGroup } from '../xds/group.ts';
import { AdsServer } from '../xds/server.ts';
import { type Args, hostPort } from './args.ts';
import { countText, type Loaded, loadPlan, planVerdict, report } from './input.ts';
import type { Io } from './io.ts';

/** The longest path of a Unix socket that Linux and macOS both take. */
const MAX_SOCKET_PATH = 103;

export class LiveRun {
  readonly #args: Args;
  readonly #io: Io;
  readonly #watch: FileWatch;
  readonly #first: Loaded;
  readonly #configuration: Configuration;
  readonly #server: AdsServer;
  readonly #group: EnvoyGroup;
  readonly #engine: LiveEngine;
  readonly #dns: DnsSource;
  readonly #configurations: Configurations;
  readonly #filter: FilterCheck;
  #folder: Temporary | undefined;
  /** The last that was good, while its files did not change: names may have other addresses meanwhile. */
  #plan: Plan | undefined;
  #told: ReadonlySet<string>;
  /**
   * Routes without a Gateway get one on a port of ours: not, when the Gateway is lost in a file cut short.
   */
  #assumed: boolean;

  /**
   * @param watch Of the input; begun before `first` was read. It is closed with this.
   * @param drainSeconds Of `--drain-time`.
   */
  static async create(
    args: Args,
    io: Io,
    first: Loaded,
    watch: FileWatch,
    drainSeconds?: number,
  ): Promise<LiveRun> {
    let onChange = () => {};
    const dns = new DnsSource({
      onChange: () => onChange(),
      lookups: lookupsOf(args),
      onTrouble: (line) => io.stderr(`${clock()} ${line}\n`),
    });
    await dns.follow(namesOf(first.plan));
    const run = new LiveRun(args, io, first, watch, dns, drainSeconds);
    onChange = () => run.#engine.changed();
    return run;
  }

  private constructor(
    args: Args,
    io: Io,
    first: Loaded,
    watch: FileWatch,
    dns: DnsSource,
    drainSeconds: number | undefined,
  ) {
    this.#args = args;
    this.#io = io;
    this.#watch = watch;
    this.#first = first;
    this.#dns = dns;
    this.#filter = new FilterCheck(first.options, io.home);
    this.#configurations = new Configurations(first.options);
    this.#plan = first.plan;
    this.#told = new Set(first.diagnostics.map(identity));
    this.#assumed = assumesGateway(first.diagnostics);
    this.#configuration = this.#resolved(first.plan);
    this.#group = new EnvoyGroup(encode(this.#configuration.resources));
    this.#server = new AdsServer(() => this.#group);
    this.#engine = new LiveEngine(this.#configuration, {
      server: this.#group,
      read: () => this.#read(),
      obstacles: async (before, after) => [
        ...emptied(before, after),
        ...this.#filter
          .refusals(after.filter)
          .flatMap(({ severity, message }) => (severity === 'error' ? [message] : [])),
        ...(await takenBy(before, after)),
      ],
      say: (line) => io.stdout(`${clock()} ${line}\n`),
      complain: (line) => io.stderr(`${clock()} ${line}\n`),
      drainSeconds,
    });
  }

  /** All of it in one file, for Envoy's own check. */
  get bootstrap(): Bootstrap {
    return this.#configuration.bootstrap;
  }

  /**
   * Listens in a folder of its own, and gives what an Envoy starts with that asks there. @throws {RunError}
   */
  async serve(start: StartOptions): Promise<StartOptions> {
    this.#folder = runFolder();
    const path = join(this.#folder.path, 'xds.sock');
    if (Buffer.byteLength(path) > MAX_SOCKET_PATH)
      throw new RunError(
        `${path} is too long for a socket; TMPDIR=FOLDER chooses a folder with a shorter path`,
      );
    await this.#server.listen({ path });
    return {
      ...start,
      folder: this.#folder,
      config: emit(startBootstrap(this.bootstrap, { path }), start.format),
    };
  }

  /** Once Envoy serves. @throws {RunError} when it refused something. */
  watch(): void {
    const refused = this.#group.envoys().find(({ refused }) => refused !== undefined)?.refused;
    if (refused !== undefined)
      throw new RunError(`Envoy refuses ${refused.names.join(', ') || refused.kind}: ${refused.reason}`);
    this.#watch.tell(() => {
      this.#plan = undefined;
      this.#engine.changed();
    });
  }

  /** Nothing changes any more. Envoy loses its server, and goes on with what it has. Safe to call twice. */
  async close(): Promise<void> {
    this.#watch.close();
    this.#dns.close();
    this.#engine.close();
    await this.#server.close();
    this.#folder?.remove();
  }

  async #read(): Promise<Reading> {
    if (this.#plan !== undefined) return { configuration: this.#resolved(this.#plan) };
    const loaded = await loadPlan(this.#args, this.#io, this.#first.options, undefined, this.#first.known);
    const { plan } = loaded;
    const { diagnostics: found, refused } = planVerdict(loaded);
    // What was told at the last change is not told again, but for what keeps this one from Envoy.
    const fresh = found.filter((one) => one.severity === 'error' || !this.#told.has(identity(one)));
    // What a broken file hides is not new when it is mended.
    this.#told = new Set([...(refused ? this.#told : []), ...found.map(identity)]);
    const assumed = assumesGateway(found);
    const lost = assumed && !this.#assumed;
    report(
      forLive(fresh).filter((one) => !lost || !isAssumed(one)),
      'text',
      this.#io,
    );
    if (refused && !this.#args.has('keep-going')) return { refused: countText(found) };
    if (lost) return { refused: 'the input has no Gateway any more' };
    this.#assumed = assumed;
    await this.#dns.follow(namesOf(plan));
    this.#plan = plan;
    return { configuration: this.#resolved(plan) };
  }

  #resolved(plan: Plan): Configuration {
    const addresses = withAddresses(plan, (query) => this.#dns.addresses(query));
    return this.#configurations.of(addresses);
  }
}

/** @throws {UsageError} for an address that is none. */
function lookupsOf(args: Args) {
  const given = args.one('dns-server');
  if (given === undefined) return undefined;
  const { address, port } = hostPort('--dns-server', given);
  return lookupsAt(`${address.includes(':') ? `[${address}]` : address}:${port}`);
}

/** Without that the filter cannot pick where names have to be resolved: here it can. */
export const forLive = (diagnostics: readonly Diagnostic[]): Diagnostic[] =>
  diagnostics.filter(({ code }) => code !== 'pool-dns');

const isAssumed = ({ code }: Diagnostic): boolean => code === 'gateway-assumed';
const assumesGateway = (diagnostics: readonly Diagnostic[]): boolean => diagnostics.some(isAssumed);

/** A file that is cut to nothing, as on a full disk, must not take everything down. */
const emptied = (before: Configuration, after: Configuration): string[] =>
  before.named.plan.listeners.length > 0 && after.named.plan.listeners.length === 0
    ? ['no Gateway of the input listens any more']
    : [];

/** Envoy shares the port of a listener with whoever else has it, without a word. */
function takenBy(before: Configuration, after: Configuration): Promise<string[]> {
  const had = new Set(before.named.plan.listeners.map(({ address, port }) => `${address} ${port}`));
  const added = socketsOf(after.named.plan.listeners)
    .map(([listener]) => listener)
    .filter(({ address, port }) => !had.has(`${address} ${port}`));
  return takenPorts(added.map(({ address, port, name }) => ({ address, port, what: `listener ${name}` })));
}

const clock = (): string => new Date().toTimeString().slice(0, 8);
/** Without the line: lines that are added above make it no other. */
const identity = ({ code, message, at, resource, field }: Diagnostic): string =>
  `${code} ${at?.file} ${resource} ${field} ${message}`;
