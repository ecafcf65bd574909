/**
 * The Envoys that get the same configuration: what they are served, and how a new one is brought to them.
 * Those that answer get it together, in order. One that has just come, or did not answer, or refuses what
 * most others take, is brought along by itself, so that nobody waits for it.
 */
import { Arrivals } from './arrivals.ts';
import type { Connection } from './connection.ts';
import type { Answer } from './delta.ts';
import type { Snapshot } from './encode.ts';
import type { EnvoyEvent, EnvoyStatus } from './envoy-status.ts';
import { LoadReports } from './loads.ts';
import { Neighbours } from './neighbours.ts';
import { type Brought, type Publication, publishInOrder, type Refusal } from './order.ts';
import { KINDS } from './registry.ts';
import { asItIs, type Lacking, type Suit } from './suit.ts';
import { Watchers } from './watchers.ts';

/** How long a step of a publication waits for Envoy's answer. */
const ANSWER_MS = 5_000;

interface GroupOptions {
  readonly answerMs?: number;
  readonly tell?: (event: EnvoyEvent, envoy: EnvoyStatus) => void;
  /** What an Envoy gets because of its version; absent: all get the same. */
  readonly suit?: Suit;
}

export interface Outcome {
  /** Why it is taken back; empty: it is not, though fewer than half of the Envoys may refuse it. */
  readonly refusals: readonly Refusal[];
  /** Envoys that did not answer in time; they get the rest when they do. */
  readonly silent: readonly string[];
}

export class EnvoyGroup {
  readonly suit: Suit;
  /** What its Envoys count. */
  readonly loads = new LoadReports();
  readonly #connections = new Set<Connection>();
  readonly #watchers = new Watchers();
  readonly #answerMs: number;
  readonly #event: NonNullable<GroupOptions['tell']>;
  /** Not with the others, and why. One that was silent gets the rest when it is heard. */
  readonly #apart = new Map<Connection, 'silent' | 'refuses'>();
  /** Those that are brought along by themselves now, with what they refuse of it. */
  readonly #following = new Map<Connection, Refusal[]>();
  readonly #arrivals = new Arrivals();
  /** They follow when the publication is over. */
  readonly #later = new Set<Connection>();
  readonly #neighbours: Neighbours;
  #busy = false;
  #snapshot: Snapshot;
  #since = new Date();
  #refusals: Refusal[] = [];
  #publishing: Promise<unknown> = Promise.resolve();

  /** @param snapshot What is served from the beginning. */
  constructor(
    snapshot: Snapshot,
    { answerMs = ANSWER_MS, tell = () => {}, suit = asItIs }: GroupOptions = {},
  ) {
    this.suit = suit;
    this.#snapshot = snapshot;
    this.#answerMs = answerMs;
    this.#event = tell;
    this.#neighbours = new Neighbours(
      () => [...this.#connections].map(({ status }) => status),
      (proxies) => {
        for (const peer of this.#connections)
          if (this.#apart.get(peer) !== 'silent') peer.push('eds', proxies, false);
      },
    );
  }

  /**
   * Brings all Envoys to the snapshot, in order. When half of them or more refuse, they are brought back to
   * what they had, and what these said is in the outcome. When fewer do, each of these is asked again by
   * itself, and gets all but what it refuses. Publications are done one after another.
   * @param meanwhile What is served until the routes are new; see Publication.
   */
  publish(final: Snapshot, meanwhile: Snapshot = final): Promise<Outcome> {
    const result = this.#publishing.then(() => this.#publish({ meanwhile, final }));
    this.#publishing = result.catch(() => {});
    return result;
  }

  /** In the order in which they connected. */
  envoys(): readonly EnvoyStatus[] {
    return [...this.#connections].map((connection) => {
      if (!connection.isKnownInStep(this.#snapshot) && connection.has(this.#snapshot))
        connection.isInStep(this.#snapshot);
      const load = connection.reporter && this.loads.of(connection.reporter);
      return load === undefined ? connection.status : { ...connection.status, load };
    });
  }

  /** What of it one of this version cannot have. */
  lacksOf(envoy: string, snapshot = this.#snapshot): readonly string[] {
    return this.suit(snapshot, envoy).lacks;
  }

  /** Those that would have less of it than the others. */
  lacking(snapshot = this.#snapshot): readonly Lacking[] {
    return [...this.#connections].flatMap(({ label, status: { envoy } }) => {
      const lacks = this.lacksOf(envoy, snapshot);
      return lacks.length === 0 ? [] : [{ id: label, envoy, lacks }];
    });
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** The snapshot, and who the proxies are. */
  get served(): Snapshot {
    return this.#neighbours.beside(this.#snapshot);
  }

  /** Since when the snapshot is served. */
  get since(): Date {
    return this.#since;
  }

  add(connection: Connection): void {
    this.#connections.add(connection);
    this.#event('joins', connection.status);
    this.#neighbours.comesOrGoes(connection.status);
    if (this.#busy) {
      this.#later.add(connection);
      return;
    }
    this.#arrivals.add(this.#follow(connection));
  }

  remove(connection: Connection): void {
    if (!this.#connections.delete(connection)) return;
    this.#event('leaves', connection.status);
    this.#apart.delete(connection);
    this.#later.delete(connection);
    this.#neighbours.comesOrGoes(connection.status);
    this.#watchers.tell(connection);
  }

  /** It has asked for something, or answered. */
  heard(connection: Connection, answer: Answer | undefined): void {
    if (answer?.refused !== undefined) {
      this.#event('refuses', connection.status);
      const { kind, names, refused } = answer;
      const refusal = { peer: connection, envoy: connection.label, kind, names, reason: refused };
      const own = this.#following.get(connection);
      if (own !== undefined) own.push(refusal);
      else if (!this.#apart.has(connection) && !this.#later.has(connection)) this.#refusals.push(refusal);
    }
    this.#watchers.tell(connection);
    if (this.#apart.get(connection) !== 'silent') return;
    if (this.#busy) this.#later.add(connection);
    else void this.#follow(connection);
  }

  async #publish(publication: Publication): Promise<Outcome> {
    // As long as for any answer; who is not done by then follows by itself.
    await this.#arrivals.wait(this.#answerMs);
    this.#busy = true;
    try {
      const before = this.#snapshot;
      const all = [...this.#connections];
      const refusers = all.filter(({ status }) => status.refused !== undefined);
      // Where all refuse, they are asked again.
      const outvoted = refusers.length < all.length ? refusers : [];
      for (const peer of refusers) this.#apart.delete(peer);
      for (const peer of outvoted) this.#apart.set(peer, 'refuses');
      const outcome = await this.#bring(publication);
      if (outcome.refusals.length > 0) await this.#bring({ meanwhile: before, final: before });
      for (const peer of outvoted) this.#later.add(peer);
      return outcome;
    } finally {
      this.#busy = false;
      const later = [...this.#later];
      this.#later.clear();
      for (const peer of later) void this.#follow(peer);
    }
  }

  async #bring(publication: Publication): Promise<Outcome> {
    this.#refusals = [];
    const together = (peer: Connection) =>
      !this.#apart.has(peer) && !this.#following.has(peer) && !this.#later.has(peer);
    const peers = [...this.#connections].filter(together);
    for (const peer of this.#connections) peer.isBehind();
    const serve = (snapshot: Snapshot) => {
      this.#snapshot = snapshot;
    };
    const { refusals, outvoted, silent } = await this.#inOrder(peers, publication, serve, this.#refusals);
    this.#since = new Date();
    for (const peer of peers) {
      if (peer.closed) continue;
      if (silent.has(peer)) this.#isSilent(peer);
      else if (outvoted.has(peer)) {
        this.#apart.set(peer, 'refuses');
        this.#later.add(peer);
      } else if (refusals.length === 0) peer.isInStep(publication.final);
    }
    const all = [...this.#apart].flatMap(([{ label }, why]) => (why === 'silent' ? [label] : []));
    return { refusals, silent: all };
  }

  /** Brings it to what is served. */
  async #follow(peer: Connection): Promise<void> {
    if (this.#following.has(peer) || peer.closed) return;
    const refusals: Refusal[] = [];
    this.#following.set(peer, refusals);
    const snapshot = this.#snapshot;
    const { silent } = await this.#inOrder(
      [peer],
      { meanwhile: snapshot, final: snapshot },
      () => {},
      refusals,
    );
    this.#following.delete(peer);
    if (!this.#connections.has(peer)) return;
    const [refusal] = refusals;
    if (refusal !== undefined) {
      this.#apart.set(peer, 'refuses');
      // The rest may be good: another listener, or other routes.
      for (const kind of KINDS) if (kind !== refusal.kind) peer.push(kind, snapshot, kind === 'lds');
    } else if (silent.size > 0) {
      this.#isSilent(peer);
    } else {
      this.#apart.delete(peer);
      peer.isInStep(snapshot);
    }
    // Something was published meanwhile.
    if (snapshot === this.#snapshot) return;
    if (this.#busy) this.#later.add(peer);
    else void this.#follow(peer);
  }

  #isSilent(peer: Connection): void {
    if (this.#apart.get(peer) !== 'silent') this.#event('lags', peer.status);
    this.#apart.set(peer, 'silent');
  }

  #inOrder(
    peers: readonly Connection[],
    publication: Publication,
    serve: (snapshot: Snapshot) => void,
    refusals: readonly Refusal[],
  ): Promise<Brought<Connection>> {
    return publishInOrder(peers, publication, serve, refusals, this.#watchers.watch, this.#answerMs);
  }
}
