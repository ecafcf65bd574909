/**
 * Follows names in DNS: asks again when their records end, and tells when the addresses are others. As
 * Envoy's DNS cluster does, with two differences: what is known stays through an outage and the first "no
 * such name", and a TTL of 0 is one second.
 */
import { Resolver, lookup as systemLookup } from 'node:dns/promises';

export interface DnsName {
  readonly name: string;
  /** Which addresses, in Envoy Gateway's words; `Preferred`: the other family where there are none. */
  readonly family: 'IPv4' | 'IPv6' | 'IPv4Preferred' | 'IPv6Preferred' | 'IPv4AndIPv6';
  /** Between two questions where the TTL does not say. Milliseconds. */
  readonly refreshMs: number;
  /** Ask again when the records end. */
  readonly respectTtl: boolean;
}

type Records = readonly { readonly address: string; readonly ttl: number }[];
/** Node's Resolver has both. */
interface Lookups {
  resolve4(name: string, options: { ttl: true }): Promise<Records>;
  resolve6(name: string, options: { ttl: true }): Promise<Records>;
  /** The system's own, for what is not in DNS (`/etc/hosts`, search domains). */
  lookup(name: string, family: 4 | 6): Promise<readonly string[]>;
}

interface DnsOptions {
  readonly onChange: () => void;
  /** One line on an outage, and on its end. */
  readonly onTrouble?: (line: string) => void;
  readonly lookups?: Lookups;
  /** Between two questions at least. Milliseconds. */
  readonly floorMs?: number;
}

const FLOOR_MS = 1_000;
/** After a failure, where the refresh is longer. */
const RETRY_MS = 5_000;
/** For one question; then the next server, and once more. */
const TIMEOUT_MS = 2_000;
/** Of one name. */
export const MAX_ADDRESSES = 1_024;
/** The longest a timer of Node waits. */
const LONGEST_MS = 2_147_483_647;

interface Followed {
  readonly query: DnsName;
  /** Sorted. */
  addresses: readonly string[];
  /** "No such name" in a row. */
  missing: number;
  trouble: string | undefined;
  timer: NodeJS.Timeout | undefined;
  /** Of the first answer. */
  readonly first: Promise<void>;
}

export class DnsSource {
  readonly #followed = new Map<string, Followed>();
  readonly #options: DnsOptions;
  readonly #lookups: Lookups;
  #closed = false;

  constructor(options: DnsOptions) {
    this.#options = options;
    this.#lookups = options.lookups ?? systemLookups();
  }

  /** Follows these names and no others; resolves when each has had an answer, good or not. */
  async follow(queries: readonly DnsName[]): Promise<void> {
    const wanted = new Map(queries.map((query) => [keyOf(query), query]));
    for (const [key, { timer }] of this.#followed) {
      if (wanted.has(key)) continue;
      clearTimeout(timer);
      this.#followed.delete(key);
    }
    for (const [key, query] of wanted) {
      if (this.#followed.has(key)) continue;
      let answered = () => {};
      const first = new Promise<void>((done) => {
        answered = done;
      });
      const followed: Followed = {
        query,
        addresses: [],
        missing: 0,
        trouble: undefined,
        timer: undefined,
        first,
      };
      this.#followed.set(key, followed);
      void this.#ask(key, followed, true).finally(answered);
    }
    await Promise.all([...this.#followed.values()].map(({ first }) => first));
  }

  /** Those last known of a name that is followed; sorted. */
  addresses(query: DnsName): readonly string[] {
    return this.#followed.get(keyOf(query))?.addresses ?? [];
  }

  close(): void {
    this.#closed = true;
    for (const { timer } of this.#followed.values()) clearTimeout(timer);
    this.#followed.clear();
  }

  async #ask(key: string, followed: Followed, first: boolean): Promise<void> {
    const { query } = followed;
    const answer = await this.#answer(query);
    if (this.#closed || this.#followed.get(key) !== followed) return;
    const before = followed.addresses;
    let waitMs: number;
    if (answer.kind === 'records') {
      followed.missing = 0;
      followed.addresses = [...new Set(answer.addresses)].sort().slice(0, MAX_ADDRESSES);
      waitMs = query.respectTtl && answer.ttlMs !== undefined ? answer.ttlMs : query.refreshMs;
      this.#trouble(followed, undefined);
    } else {
      followed.missing = answer.kind === 'missing' ? followed.missing + 1 : 0;
      if (followed.missing > 1) followed.addresses = [];
      waitMs = Math.min(query.refreshMs, RETRY_MS);
      this.#trouble(followed, answer.reason);
    }
    const changed = before.join() !== followed.addresses.join();
    const floorMs = this.#options.floorMs ?? FLOOR_MS;
    followed.timer = setTimeout(
      () => void this.#ask(key, followed, false),
      Math.min(LONGEST_MS, Math.max(floorMs, waitMs)),
    );
    // Who follows a name waits for its first answer.
    if (changed && !first) this.#options.onChange();
  }

  #trouble(followed: Followed, reason: string | undefined): void {
    const { query, addresses, trouble } = followed;
    const count = `${addresses.length} address${addresses.length === 1 ? '' : 'es'}`;
    const now = reason === undefined ? undefined : `${reason} ${count}`;
    if (now === trouble) return;
    followed.trouble = now;
    const state =
      reason === undefined ? `resolves again, to ${count}` : `${reason}; it has ${count} as last known`;
    this.#options.onTrouble?.(`DNS: ${query.name} ${state}`);
  }

  async #answer({ name, family }: DnsName): Promise<Answer> {
    switch (family) {
      case 'IPv4':
        return await this.#family(name, 4);
      case 'IPv6':
        return await this.#family(name, 6);
      case 'IPv4Preferred':
        return await this.#preferred(name, 4, 6);
      case 'IPv6Preferred':
        return await this.#preferred(name, 6, 4);
      case 'IPv4AndIPv6': {
        const both = await Promise.all([this.#family(name, 4), this.#family(name, 6)]);
        const good = both.filter((answer) => answer.kind === 'records');
        // One family may have none; that it could not be asked for is an outage.
        const failed = both.find((answer) => answer.kind === 'failed');
        if (failed !== undefined || good.length === 0) return failed ?? both[0];
        const ttls = good.flatMap(({ ttlMs }) => ttlMs ?? []);
        return {
          kind: 'records',
          addresses: good.flatMap(({ addresses }) => addresses),
          ttlMs: ttls.length === 0 ? undefined : Math.min(...ttls),
        };
      }
    }
  }

  async #preferred(name: string, one: 4 | 6, other: 4 | 6): Promise<Answer> {
    const answer = await this.#family(name, one);
    return answer.kind === 'missing' ? await this.#family(name, other) : answer;
  }

  async #family(name: string, family: 4 | 6): Promise<Answer> {
    const lookups = this.#lookups;
    try {
      const records = await (family === 4
        ? lookups.resolve4(name, { ttl: true })
        : lookups.resolve6(name, { ttl: true }));
      if (records.length > 0) {
        const ttl = Math.min(...records.map((record) => record.ttl));
        return { kind: 'records', addresses: records.map(({ address }) => address), ttlMs: ttl * 1_000 };
      }
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      if (!MISSING.has(code))
        return { kind: 'failed', reason: REASONS[code] ?? `cannot be resolved (${code})` };
    }
    const addresses = await lookups.lookup(name, family).catch(() => []);
    return addresses.length > 0
      ? { kind: 'records', addresses, ttlMs: undefined }
      : { kind: 'missing', reason: 'does not exist' };
  }
}

type Answer =
  | {
      readonly kind: 'records';
      readonly addresses: readonly string[];
      /** Undefined: not from DNS. */
      readonly ttlMs: number | undefined;
    }
  /** The server says that there is none. */
  | { readonly kind: 'missing'; readonly reason: string }
  /** It says nothing, or that it cannot say. */
  | { readonly kind: 'failed'; readonly reason: string };

const MISSING: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA']);
const REASONS: Readonly<Record<string, string>> = {
  ESERVFAIL: 'cannot be resolved: the server failed (SERVFAIL)',
  ETIMEOUT: 'cannot be resolved: the server does not answer',
  ECONNREFUSED: 'cannot be resolved: no server answers',
  EREFUSED: 'cannot be resolved: the server refuses to answer',
};

const keyOf = (query: DnsName): string => JSON.stringify(query);

const resolverLookups = (resolver: Resolver): Omit<Lookups, 'lookup'> => ({
  resolve4: (name, options) => resolver.resolve4(name, options),
  resolve6: (name, options) => resolver.resolve6(name, options),
});

/** Asks one server, and nothing else of the system. @param timeoutMs For one question; there are two. */
export function lookupsAt(server: string, timeoutMs = TIMEOUT_MS): Lookups {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
  resolver.setServers([server]);
  return { ...resolverLookups(resolver), lookup: async () => [] };
}

function systemLookups(): Lookups {
  return {
    ...resolverLookups(new Resolver({ timeout: TIMEOUT_MS, tries: 2 })),
    lookup: async (name, family) =>
      (await systemLookup(name, { all: true, family })).map(({ address }) => address),
  };
}
