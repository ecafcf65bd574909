/**
 * One Envoy's stream of the incremental protocol: what it subscribes to, what it has, what it was sent and
 * has not answered. No I/O: it is given requests and a snapshot, and gives responses
 * (envoy/service/discovery/v3, "Incremental xDS").
 */
import { create } from '@bufbuild/protobuf';
import {
  type DeltaDiscoveryRequest,
  type DeltaDiscoveryResponse,
  DeltaDiscoveryResponseSchema,
  ResourceSchema,
} from '../proto/discovery_pb.js';
import type { Snapshot } from './encode.ts';
import { GrpcError, RESOURCE_EXHAUSTED } from './frames.ts';
import { reasonText } from './reason.ts';
import { type Kind, kindOf, TYPE_URLS } from './registry.ts';

/** Envoy's answer to one response. */
export interface Answer {
  readonly kind: Kind;
  /** What was sent. */
  readonly names: readonly string[];
  /** Why Envoy refuses it, in its own words; undefined: it is applied. */
  readonly refused?: string;
}

/**
 * What a response has: all that was asked for; what is new since the last one; or, for an Envoy that comes
 * back, what it has no version of, and all endpoints, since a cluster may wait for its own. What else changed
 * while it was away is brought to it in order.
 */
type What = 'asked' | 'changed' | 'changed and removed' | 'unknown';
/** Of other kinds Envoy forgets by itself what nothing refers to. */
const NOT_LET_GO: readonly Kind[] = ['cds', 'lds'];

/** What a peer may make us hold for one type. */
export const MAX_NAMES = 131_072;
export const MAX_UNANSWERED = 4_096;
/** Of a name or a version. Ours are shorter. */
export const MAX_NAME_LENGTH = 4_096;
/** Of all responses of a type that have no answer, together. */
export const MAX_UNANSWERED_NAMES = 8 * MAX_NAMES;

interface Subscription {
  /** Everything of the type, whatever its name. */
  all: boolean;
  readonly names: Set<string>;
  /** Name → version that Envoy has. '': it refused one, so what it has is not known. */
  readonly has: Map<string, string>;
  /** Nonce → names that were sent with it. */
  readonly unanswered: Map<string, readonly string[]>;
  /** How many names these are. */
  unansweredNames: number;
}

export class DeltaStream {
  readonly #send: (response: DeltaDiscoveryResponse) => void;
  readonly #subscriptions = new Map<Kind, Subscription>();
  /**
   * Clusters that were changed: Envoy keeps the new one warming until its endpoints are sent again, changed
   * or not.
   */
  readonly #warming = new Set<string>();
  #nonce = 0;

  constructor(send: (response: DeltaDiscoveryResponse) => void) {
    this.#send = send;
  }

  /**
   * Takes a request, and answers what it newly asks for. Gives Envoy's answer, if the request is one.
   * @throws {GrpcError} when the peer makes us hold too much.
   */
  receive(request: DeltaDiscoveryRequest, snapshot: Snapshot): Answer | undefined {
    const kind = kindOf(request.typeUrl);
    if (kind === undefined) return undefined;
    const texts = [request.resourceNamesSubscribe, ...Object.entries(request.initialResourceVersions)].flat();
    if (texts.some(({ length }) => length > MAX_NAME_LENGTH))
      throw new GrpcError(RESOURCE_EXHAUSTED, `a name of more than ${MAX_NAME_LENGTH} characters`);
    const known = this.#subscriptions.get(kind);
    const subscription = known ?? subscriptionOf(kind, request);
    this.#subscriptions.set(kind, subscription);
    const { names, has } = subscription;
    for (const name of request.resourceNamesUnsubscribe) {
      if (name === '*') subscription.all = false;
      names.delete(name);
      has.delete(name);
    }
    for (const name of request.resourceNamesSubscribe) {
      if (name === '*') subscription.all = true;
      else names.add(name);
      // Who asks again wants it again.
      if (known !== undefined) has.delete(name);
    }
    if (names.size > MAX_NAMES || has.size > MAX_NAMES)
      throw new GrpcError(RESOURCE_EXHAUSTED, `more than ${MAX_NAMES} names of ${kind}`);
    const answer = request.responseNonce === '' ? undefined : this.#answer(kind, subscription, request);
    if (known === undefined && has.size > 0) this.#respond(kind, subscription, snapshot, { of: 'unknown' });
    else if (known === undefined || request.resourceNamesSubscribe.length > 0)
      this.#respond(kind, subscription, snapshot, { of: 'asked' });
    return answer;
  }

  /**
   * Sends what of the kind is new, or changed, to a peer that subscribes to it; `removals`: and what is gone.
   */
  push(kind: Kind, snapshot: Snapshot, removals: boolean): void {
    const subscription = this.#subscriptions.get(kind);
    if (subscription !== undefined)
      this.#respond(kind, subscription, snapshot, { of: removals ? 'changed and removed' : 'changed' });
  }

  /** It has what is not in the snapshot any more, and would keep it. */
  hasLeftovers({ resources }: Snapshot): boolean {
    return NOT_LET_GO.some((kind) =>
      [...(this.#subscriptions.get(kind)?.has.keys() ?? [])].some((name) => !resources[kind].has(name)),
    );
  }

  /**
   * True when all that was asked for is sent and answered, and (`whole`) everything is asked for. Never true
   * for a kind in which something was refused, for which receive() has given the answer.
   */
  isSettled(kinds: readonly Kind[], { resources }: Snapshot, whole: boolean): boolean {
    return kinds.every((kind) => {
      const subscription = this.#subscriptions.get(kind);
      if (subscription === undefined) return !whole || resources[kind].size === 0;
      const { all, names, has, unanswered } = subscription;
      if (unanswered.size > 0) return false;
      return [...resources[kind]].every(
        ([name, { version }]) => has.get(name) === version || (!whole && !all && !names.has(name)),
      );
    });
  }

  #answer(kind: Kind, subscription: Subscription, request: DeltaDiscoveryRequest): Answer | undefined {
    const names = subscription.unanswered.get(request.responseNonce);
    if (names === undefined) return undefined;
    subscription.unanswered.delete(request.responseNonce);
    subscription.unansweredNames -= names.length;
    if (request.errorDetail === undefined) return { kind, names };
    // Some of them may be applied: Envoy takes the good clusters of a response whose others it refuses.
    for (const name of names) if (subscription.has.has(name)) subscription.has.set(name, '');
    return { kind, names, refused: reasonText(request.errorDetail.message) };
  }

  #respond(kind: Kind, subscription: Subscription, snapshot: Snapshot, { of }: { readonly of: What }): void {
    const always = of === 'asked';
    const { has, unanswered } = subscription;
    const all = snapshot.resources[kind];
    const resources = [];
    const removed: string[] = [];
    const names = !subscription.all ? subscription.names : of === 'unknown' ? [] : all.keys();
    for (const name of names) {
      if (of === 'unknown' && kind !== 'eds' && has.has(name)) continue;
      const resource = all.get(name);
      if (resource === undefined) {
        // Told once, so that Envoy does not wait for it.
        if ((always || of === 'unknown') && !has.has(name)) removed.push(name);
        continue;
      }
      const had = has.get(name);
      const again = kind === 'eds' && (of === 'unknown' || this.#warming.has(name));
      if (had === resource.version && !again) continue;
      if (kind === 'cds' && had !== undefined) this.#warming.add(name);
      if (kind === 'eds') this.#warming.delete(name);
      has.set(name, resource.version);
      resources.push(create(ResourceSchema, { name, version: resource.version, resource: resource.any }));
    }
    if (of === 'changed and removed') {
      for (const name of has.keys()) {
        if (all.has(name)) continue;
        removed.push(name);
        has.delete(name);
        this.#warming.delete(name);
      }
    }
    if (!always && resources.length === 0 && removed.length === 0) return;
    const sent = [...resources.map(({ name }) => name), ...removed];
    subscription.unansweredNames += sent.length;
    if (unanswered.size >= MAX_UNANSWERED || subscription.unansweredNames > MAX_UNANSWERED_NAMES)
      throw new GrpcError(
        RESOURCE_EXHAUSTED,
        `more than ${MAX_UNANSWERED} responses, or ${MAX_UNANSWERED_NAMES} names, of ${kind} without an answer`,
      );
    this.#nonce += 1;
    const nonce = String(this.#nonce);
    unanswered.set(nonce, sent);
    this.#send(
      create(DeltaDiscoveryResponseSchema, {
        systemVersionInfo: snapshot.version,
        typeUrl: TYPE_URLS[kind],
        nonce,
        resources,
        removedResources: removed,
      }),
    );
  }
}

/** Listeners and clusters are asked for without a name: all of them. */
function subscriptionOf(kind: Kind, request: DeltaDiscoveryRequest): Subscription {
  const unnamed = request.resourceNamesSubscribe.length === 0;
  return {
    all: unnamed && (kind === 'cds' || kind === 'lds'),
    names: new Set(),
    // After a reconnect Envoy says what it has.
    has: new Map(Object.entries(request.initialResourceVersions)),
    unanswered: new Map(),
    unansweredNames: 0,
  };
}
