/**
 * The input as it changes, for the Envoys of one group: read, translated and judged at each change, told, and
 * brought to them. `run` has one of these, `serve` one for each Gateway that an Envoy asks for.
 */
import { type Diagnostic, placeText } from '../diagnostics/diagnostic.ts';
import { FilterCheck } from '../filter/refusals.ts';
import { Stopwatch } from '../fleet/stopwatch.ts';
import { type Configuration, Configurations } from '../live/configuration.ts';
import { LiveEngine, type Reading } from '../live/engine.ts';
import { suitsOlder } from '../live/older-envoys.ts';
import type { Change } from '../live/outcome.ts';
import { namesOf, withAddresses } from '../live/resolve.ts';
import { changedDocuments } from '../manifests/changed.ts';
import type { Plan } from '../plan/types.ts';
import { DnsSource, lookupsAt } from '../sources/dns.ts';
import { encode } from '../xds/encode.ts';
import type { EnvoyEvent, EnvoyStatus } from '../xds/envoy-status.ts';
import { EnvoyGroup } from '../xds/group.ts';
import { type Args, hostPort } from './args.ts';
import { countText, type LoadedPlan, loadPlan, planVerdict, report } from './input.ts';
import type { Io } from './io.ts';
import { emptied, takenBy } from './live-obstacles.ts';
import { keepsGoing } from './options.ts';
import { shownAddress } from './xds-address.ts';

export interface ViewOptions {
  /** The Gateway that it is for; absent: what the command line says. */
  readonly gateway?: string;
  /** What changes is said of it, when there are several. */
  readonly label?: string;
  /** Of `--drain-time`. */
  readonly drainSeconds?: number;
  /** Its Envoy listens on this machine. */
  readonly here: boolean;
  /** Each time that the input is read and translated. */
  readonly translations?: Stopwatch;
  readonly onResult?: (result: Change['result']) => void;
  /** Of each Envoy of the group. */
  readonly onEnvoy?: (event: EnvoyEvent, envoy: EnvoyStatus) => void;
  readonly onChange?: (change: Change) => void;
}

export class LiveView {
  readonly group: EnvoyGroup;
  readonly #args: Args;
  readonly #io: Io;
  readonly #options: ViewOptions;
  readonly #first: LoadedPlan;
  readonly #configuration: Configuration;
  readonly #engine: LiveEngine;
  readonly #dns: DnsSource;
  readonly #configurations: Configurations;
  readonly #filter: FilterCheck;
  /** The last that was good, while its files did not change: names may have other addresses meanwhile. */
  #plan: Plan | undefined;
  #told: ReadonlySet<string>;
  /**
   * Routes without a Gateway get one on a port of ours: not, when the Gateway is lost in a file cut short.
   */
  #assumed: boolean;
  /** What a configuration is made of: that in force is not always what was read last. */
  readonly #origins = new WeakMap<Configuration, LoadedPlan>();
  /** Of the files as they were read last, and the time before. */
  #loaded: LoadedPlan;
  #before: LoadedPlan;
  /** What was found in them. */
  #found: readonly Diagnostic[] = [];
  /** Files that gave nothing when it was last good. */
  #silent: ReadonlySet<string>;

  /** @param first The input as it is now, and not refused. */
  static async create(args: Args, io: Io, first: LoadedPlan, options: ViewOptions): Promise<LiveView> {
    let onChange = () => {};
    const dns = new DnsSource({
      onChange: () => onChange(),
      lookups: lookupsOf(args),
      onTrouble: (line) => io.stderr(`${clock()} ${line}\n`),
    });
    await dns.follow(namesOf(first.plan));
    const view = new LiveView(args, io, first, options, dns);
    onChange = () => view.#engine.changed();
    return view;
  }

  private constructor(args: Args, io: Io, first: LoadedPlan, options: ViewOptions, dns: DnsSource) {
    this.#args = args;
    this.#io = io;
    this.#options = options;
    this.#first = first;
    this.#dns = dns;
    this.#filter = new FilterCheck(first.options, io.home);
    this.#configurations = new Configurations(first.options);
    this.#plan = first.plan;
    this.#loaded = first;
    this.#before = first;
    this.#told = new Set(first.diagnostics.map(identity));
    this.#assumed = assumesGateway(first.diagnostics);
    this.#silent = silentFiles(first.diagnostics);
    this.#configuration = this.#resolved(first.plan);
    this.group = new EnvoyGroup(encode(this.#configuration.resources), {
      tell: options.onEnvoy,
      suit: suitsOlder(),
    });
    const { translations = new Stopwatch() } = options;
    const label = options.label === undefined ? '' : `${options.label}: `;
    this.#engine = new LiveEngine(this.#configuration, {
      server: this.group,
      read: () => translations.time(() => this.#read()),
      obstacles: async (before, after) => [
        // An API server says that the last one is gone; a file only has nothing in it.
        ...(io.cluster === undefined ? emptied(before, after) : []),
        ...this.#filter
          .refusals(after.filter)
          .flatMap(({ severity, message }) => (severity === 'error' ? [message] : [])),
        ...(options.here ? await takenBy(before, after) : []),
      ],
      say: (line) => io.stdout(`${clock()} ${label}${line}\n`),
      complain: (line) => io.stderr(`${clock()} ${label}${line}\n`),
      drainSeconds: options.drainSeconds,
      onOutcome: ({ reason, ...outcome }) => {
        options.onResult?.(outcome.result);
        options.onChange?.({
          ...outcome,
          reason: [reason, ...(reason === '' ? [] : errorLines(this.#found))].join('\n'),
          sources: changedDocuments(this.#before.documents, this.#loaded.documents),
        });
      },
    });
  }

  /** What its Envoys are to have, and the input that it is of. */
  get inForce(): { readonly configuration: Configuration; readonly loaded: LoadedPlan } {
    const configuration = this.#engine.good;
    return { configuration, loaded: this.#origins.get(configuration) ?? this.#first };
  }

  /** What was read last is refused. */
  get refused(): boolean {
    return this.#engine.isBad;
  }

  /** At the beginning. */
  get configuration(): Configuration {
    return this.#configuration;
  }

  /** Something of the files is not what it was. */
  filesChanged(): void {
    this.#plan = undefined;
    this.#engine.changed();
  }

  /** Nothing changes any more. Safe to call twice. */
  close(): void {
    this.#dns.close();
    this.#engine.close();
  }

  async #read(): Promise<Reading> {
    if (this.#plan !== undefined) {
      this.#before = this.#loaded;
      return { configuration: this.#resolved(this.#plan) };
    }
    const { options, known } = this.#first;
    const loaded = await loadPlan(this.#args, this.#io, options, undefined, known, this.#options.gateway);
    const { plan } = loaded;
    this.#before = this.#loaded;
    this.#loaded = loaded;
    const { diagnostics: found, refused } = planVerdict(loaded);
    this.#found = found;
    // What was told at the last change is not told again, but for what keeps this one from Envoy.
    const cluster = this.#args.has('kubernetes');
    const fresh = found.filter(
      (one) => (one.severity === 'error' && !cluster) || !this.#told.has(identity(one)),
    );
    // What a broken file hides is not new when it is mended.
    this.#told = new Set([...(refused ? this.#told : []), ...found.map(identity)]);
    const assumed = assumesGateway(found);
    const lost = assumed && !this.#assumed;
    report(
      forLive(fresh).filter((one) => !lost || !isAssumed(one)),
      'text',
      this.#io,
    );
    if (refused && !keepsGoing(this.#args)) return { refused: countText(found) };
    if (lost) return { refused: 'the input has no Gateway any more' };
    const silent = silentFiles(found);
    // With --keep-going too: nothing says what it protected.
    if ([...silent].some((one) => !this.#silent.has(one)))
      return { refused: 'a file of the input gives nothing any more' };
    this.#assumed = assumed;
    this.#silent = silent;
    await this.#dns.follow(namesOf(plan));
    this.#plan = plan;
    return { configuration: this.#resolved(plan) };
  }

  #resolved(plan: Plan): Configuration {
    const addresses = withAddresses(plan, (query) => this.#dns.addresses(query));
    const made = this.#configurations.of(addresses);
    this.#origins.set(made, this.#loaded);
    return made;
  }
}

/** @throws {UsageError} for an address that is none. */
function lookupsOf(args: Args) {
  const given = args.one('dns-server');
  if (given === undefined) return undefined;
  return lookupsAt(shownAddress(hostPort('--dns-server', given)));
}

/** Of a change that is refused, for whoever shows it. */
const MAX_ERRORS = 5;
const errorLines = (found: readonly Diagnostic[]): string[] =>
  found
    .filter(({ severity }) => severity === 'error')
    .slice(0, MAX_ERRORS)
    .map(({ at, message }) => `${at === undefined ? '' : `${placeText(at)}: `}${message}`);

/** Without that the filter cannot pick where names have to be resolved: here it can. */
export const forLive = (diagnostics: readonly Diagnostic[]): Diagnostic[] =>
  diagnostics.filter(({ code }) => code !== 'pool-dns');

const isAssumed = ({ code }: Diagnostic): boolean => code === 'gateway-assumed';
const assumesGateway = (diagnostics: readonly Diagnostic[]): boolean => diagnostics.some(isAssumed);

/** A file that is gone or empty may be one that is written just now, or the disk is full. */
const SILENT: readonly string[] = ['input-empty', 'input-unreadable', 'input-too-large'];
const silentFiles = (diagnostics: readonly Diagnostic[]): ReadonlySet<string> =>
  new Set(diagnostics.filter(({ code }) => SILENT.includes(code)).map(identity));

export const clock = (): string => new Date().toTimeString().slice(0, 8);
/** Without the line: lines that are added above make it no other. */
const identity = ({ code, message, at, resource, field }: Diagnostic): string =>
  `${code} ${at?.file} ${resource} ${field} ${message}`;
