/** The Envoys that get the same configuration: what they are served, and how a new one is brought to them. */
import type { Connection } from './connection.ts';
import type { Answer } from './delta.ts';
import type { Snapshot } from './encode.ts';
import { type Outcome, type Publication, publishInOrder, type Refusal } from './order.ts';
import { KINDS } from './registry.ts';
import type { EnvoyStatus } from './status.ts';

/** How long a step of a publication waits for Envoy's answer. */
const ANSWER_MS = 5_000;

export class EnvoyGroup {
  readonly #connections = new Set<Connection>();
  readonly #watchers = new Set<() => void>();
  readonly #answerMs: number;
  /**
   * Envoys that refuse what the others have taken: a new configuration is not kept from these because of them.
   */
  #outvoted: ReadonlySet<Connection> = new Set();
  #snapshot: Snapshot;
  #since = new Date();
  #refusals: Refusal[] = [];
  #publishing: Promise<unknown> = Promise.resolve();

  /** @param snapshot What is served from the beginning. */
  constructor(snapshot: Snapshot, options: { readonly answerMs?: number } = {}) {
    this.#snapshot = snapshot;
    this.#answerMs = options.answerMs ?? ANSWER_MS;
  }

  /**
   * Brings all Envoys to the snapshot, in order. When one refuses, they are brought back to what they had,
   * and what it said is in the outcome. Publications are done one after another.
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
      if (connection.isSettled(KINDS, this.#snapshot, true)) connection.isInStep(this.#snapshot);
      return connection.status;
    });
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Since when the snapshot is served. */
  get since(): Date {
    return this.#since;
  }

  add(connection: Connection): void {
    this.#connections.add(connection);
  }

  remove(connection: Connection): void {
    if (this.#connections.delete(connection)) this.#tell();
  }

  /** It has asked for something, or answered. */
  heard(connection: Connection, answer: Answer | undefined): void {
    if (answer?.refused !== undefined && !this.#outvoted.has(connection)) {
      const { kind, names, refused } = answer;
      this.#refusals.push({ envoy: connection.label, kind, names, reason: refused });
    }
    this.#tell();
  }

  async #publish(publication: Publication): Promise<Outcome> {
    const before = this.#snapshot;
    const all = [...this.#connections];
    const refusers = all.filter(({ status }) => status.refused !== undefined);
    this.#outvoted = new Set(refusers.length < all.length ? refusers : []);
    const outcome = await this.#bring(publication);
    if (outcome.refusals.length > 0) await this.#bring({ meanwhile: before, final: before });
    for (const peer of this.#outvoted) for (const kind of KINDS) peer.push(kind, this.#snapshot, true);
    return outcome;
  }

  async #bring(publication: Publication): Promise<Outcome> {
    this.#refusals = [];
    const peers = [...this.#connections].filter((peer) => !this.#outvoted.has(peer));
    const outcome = await publishInOrder(
      peers,
      publication,
      (snapshot) => {
        this.#snapshot = snapshot;
      },
      this.#refusals,
      (callback) => {
        this.#watchers.add(callback);
        return () => this.#watchers.delete(callback);
      },
      this.#answerMs,
    );
    this.#since = new Date();
    if (outcome.refusals.length === 0) {
      for (const peer of peers) {
        if (!peer.closed && !outcome.silent.includes(peer.label)) peer.isInStep(publication.final);
      }
    }
    return outcome;
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}
