/**
 * Requests through the select role: header values, cookies, queries, addresses. Checked: the callbacks go on,
 * the hint is one of the hosts (once, whatever the client sent under its name) or untouched, what was hashed
 * is what Envoy would hash, and the same value gives the same host.
 */
import type { Pair } from '../../host/wasm/maps.ts';
import { Vm } from '../../host/wasm/vm.ts';
import { corpus } from './corpus.ts';
import { mutate } from './mutate.ts';
import type { Random } from './random.ts';
import { addressOf, cookieOf, headerOf, queryOf } from './reference.ts';
import { hold, type Input, same, shown, type Target } from './target.ts';

export interface KeyInput extends Input {
  readonly cluster: string;
  readonly headers: readonly Pair[];
  readonly source: string | null;
  readonly destination: string | null;
  /** set-cookie lines of the backend. */
  readonly set: readonly string[];
  /** Also ask the module what it hashed. */
  readonly ask: boolean;
}

const hosts = ['127.0.0.1:3000', '127.0.0.2:3000', '[::1]:3000', '10.1.2.3:80'];
const hints = new Set(hosts.map((host) => Buffer.from(host).toString('base64')));
const HINT = 'x-loadstar-host';

const keys = {
  header: [{ header: 'FooBar' }],
  headers: [{ header: 'x-tenant' }, { header: 'x-user' }],
  cookie: [{ cookie: 'FooBar' }],
  made: [
    { cookie: 'FooBar', set: 'Max-Age=60; SameSite=Strict; HttpOnly' },
    { cookie: 'b', set: 'HttpOnly' },
  ],
  query: [{ query: 'user' }],
  queries: [{ query: 'user' }, { query: '' }].slice(0, 1).concat([{ query: 'shard' }]),
  source: [{ source: 'ip' }],
  mixed: [{ header: 'foobar' }, { cookie: 'FooBar' }, { query: 'user' }, { source: 'ip' }],
} as const;
type Cluster = keyof typeof keys;
const clusters = Object.keys(keys) as Cluster[];

type Kind = 'header' | 'cookie' | 'query';
const mine: Record<Kind, readonly string[]> = {
  header: ['header', 'header', 'headers', 'mixed', 'source'],
  cookie: ['cookie', 'made', 'mixed'],
  query: ['query', 'queries', 'mixed'],
};

export class KeyTarget implements Target<KeyInput> {
  readonly name: Kind;
  readonly flat = true;
  readonly #seeds: readonly string[];
  readonly #vm: Vm;
  readonly #root: number;
  readonly #policies = new Map<string, number>();
  readonly #picked = new Map<string, string>();

  constructor(name: Kind, module: WebAssembly.Module) {
    this.name = name;
    this.#seeds = corpus(name);
    this.#vm = new Vm(module);
    const configured = this.#vm.configure({
      configuration: JSON.stringify({
        role: 'select',
        tables: [251, 65_537].map((size) => ({
          size,
          localities: [{ hosts: hosts.map((host) => [host, 1]) }],
        })),
        policies: clusters.map((cluster, i) => ({ cluster, table: i % 2, hash: keys[cluster] })),
      }),
    });
    if (!configured.ok) throw new Error(configured.reason);
    this.#root = configured.root;
    for (const cluster of clusters) {
      this.run({
        cluster,
        headers: [
          ['x', 'y'.repeat(400_000)],
          ['foobar', 'v'],
          ['cookie', 'FooBar=v'],
          [':path', '/?user=v'],
        ],
        ...addresses,
        set: [],
        ask: false,
      });
      this.#policies.set(cluster, this.#policy(cluster));
    }
  }

  #policy(cluster: string): number {
    this.#vm.ask('loadstar_reset');
    const at = Number(this.#vm.ask('proxy_on_memory_allocate', 64));
    const bytes = Buffer.from(cluster);
    // The module's own allocator gives the place; text is written as the host writes any value.
    const slot = Number(this.#vm.ask('proxy_on_memory_allocate', 8));
    if (!this.#vm.memory.give(bytes, slot, slot + 4)) throw new Error('no memory');
    const given = this.#vm.memory.copy(slot, 4)!;
    return Number(
      this.#vm.ask('loadstar_policy', this.#root, Buffer.from(given).readUInt32LE(0) || at, bytes.length),
    );
  }

  generate(random: Random): KeyInput {
    const value = (): string => {
      const seed = random.pick(this.#seeds);
      return random.oneIn(2) ? seed : mutate(seed, random, this.#seeds);
    };
    const headers: Pair[] = [
      [':method', 'GET'],
      [':authority', 'www.example.com'],
    ];
    headers.push([':path', this.name === 'query' ? value() : '/']);
    const count = random.oneIn(60) ? random.size(300) : random.pick([0, 1, 1, 1, 2, 3]);
    for (let i = 0; i < count; i++) {
      if (this.name === 'cookie') headers.push([random.pick(['cookie', 'Cookie']), value()]);
      else if (this.name === 'header')
        headers.push([random.pick(['foobar', 'FooBar', 'x-tenant', 'X-User', 'foobar2', 'fooba']), value()]);
      else headers.push([random.pick(['accept', 'x-forwarded-for', '']), value()]);
    }
    if (random.oneIn(8))
      headers.push([random.pick([HINT, 'X-Loadstar-Host']), random.pick([...hints, value()])]);
    const address = (): string | null =>
      random.oneIn(6)
        ? mutate(random.pick(sources), random, sources)
        : random.oneIn(30)
          ? null
          : random.pick(sources);
    return {
      cluster: random.oneIn(50) ? mutate('header', random, clusters) : random.pick(mine[this.name]),
      headers,
      source: address(),
      destination: address(),
      set: random.oneIn(4)
        ? [random.pick(['FooBar=x', 'FooBar="x"; Path=/', 'foobar=1', 'b=', value()])]
        : [],
      ask: random.oneIn(4),
    };
  }

  run(input: KeyInput): void {
    const stream = this.#vm.stream(this.#root, (path) =>
      path === 'xds.cluster_name'
        ? input.cluster
        : ((path === 'source.address'
            ? input.source
            : path === 'destination.address'
              ? input.destination
              : null) ?? undefined),
    );
    const sent = input.headers.filter(([name]) => name.toLowerCase() === HINT).length;
    hold(stream.onRequestHeaders(input.headers) === 0, 'request: not continued');
    const after = stream.requestHeaders!;
    const hint = after.getAll(HINT);
    const untouched = same(after, input.headers);
    if (!untouched) {
      hold(hint.length === 1 && hints.has(hint[0]!), `hint ${shown(hint.join('|'))}`);
      const others = (pairs: readonly Pair[]) => pairs.filter(([name]) => name.toLowerCase() !== HINT);
      hold(
        same({ pairs: others(after.pairs) } as never, others(input.headers)),
        'another header has changed',
      );
    }
    if (input.ask && this.#policies.has(input.cluster)) this.#asked(input, stream.id, untouched, sent);
    hold(
      stream.onResponseHeaders([
        [':status', '200'],
        ...input.set.map((line) => ['set-cookie', line] as const),
      ]) === 0,
      'response: not continued',
    );
    this.#cookies(input, stream.responseHeaders!.getAll('set-cookie'));
    stream.finish();
    if (!untouched && hint[0] !== undefined) this.#stable(input, hint[0]);
  }

  /** What the module says it hashed, against the reference. */
  #asked(input: KeyInput, stream: number, untouched: boolean, sent: number): void {
    const policy = this.#policies.get(input.cluster)!;
    let any = false;
    let left = false;
    for (const [i, key] of keys[input.cluster as Cluster].entries()) {
      const state = Number(this.#vm.ask('loadstar_key', stream, policy, i));
      const bits = BigInt.asUintN(64, BigInt(this.#vm.ask('loadstar_key_value')));
      const told =
        state === 0 || state === 3
          ? undefined
          : this.#vm.memory.text(Number(bits >> 32n), Number(bits & 0xffffffffn));
      any ||= told !== undefined;
      left ||= state === 3;
      const expected = this.#expected(input, key);
      if (state === 2) {
        hold(expected === undefined && /^[0-9a-f]{16}$/.test(told ?? ''), `made ${shown(told ?? '')}`);
        continue;
      }
      hold(
        told === expected,
        `part ${i} of ${input.cluster}: hashed ${shown(told ?? '(none)')}, Envoy ${shown(expected ?? '(none)')}`,
      );
    }
    if (left) hold(untouched, 'a cookie is missing that Envoy makes, and a host is picked');
    else if (any) hold(!untouched || sent > 0, 'a key, and no pick');
  }

  #expected(input: KeyInput, key: object): string | undefined {
    if ('cookie' in key) return cookieOf(input.headers, key.cookie as string);
    if ('query' in key) return queryOf(input.headers, key.query as string);
    if ('source' in key) return addressOf(input.source);
    const values = headerOf(input.headers, (key as { header: string }).header.toLowerCase());
    // More values than the filter's cap: Envoy's own policy decides.
    return values.length > 256 ? undefined : values[0];
  }

  #cookies(input: KeyInput, lines: readonly string[]): void {
    hold(
      lines.slice(0, input.set.length).every((line, i) => line === input.set[i]),
      'a set-cookie line has changed',
    );
    const added = lines.slice(input.set.length);
    hold(added.length <= (input.cluster === 'made' ? 2 : 0), `added ${shown(added.join('|'))}`);
    for (const line of added)
      hold(
        /^(FooBar="[0-9a-f]{16}"; Max-Age=60; SameSite=Strict; HttpOnly|b="[0-9a-f]{16}"; HttpOnly)$/.test(
          line,
        ),
        `added ${shown(line)}`,
      );
  }

  /** Single-valued keys seen before go where they went. */
  #stable(input: KeyInput, hint: string): void {
    const parts = keys[input.cluster as Cluster] as readonly object[];
    if (parts.length !== 1 || this.#picked.size > 20_000) return;
    const key = parts[0]!;
    if ('header' in key && headerOf(input.headers, 'foobar').length !== 1) return;
    const value = this.#expected(input, key);
    if (value === undefined) return;
    const name = `${input.cluster} ${value}`;
    const before = this.#picked.get(name) ?? hint;
    this.#picked.set(name, hint);
    hold(before === hint, `${shown(name)} went to ${before}, then to ${hint}`);
  }

  probe(): string {
    return JSON.stringify(
      clusters.map((cluster) => {
        const stream = this.#vm.stream(this.#root, (path) =>
          path === 'xds.cluster_name' ? cluster : '127.0.0.9:1',
        );
        stream.onRequestHeaders([
          [':path', '/?user=7&shard=2'],
          ['foobar', 'b'],
          ['foobar', 'a'],
          ['x-user', 'u'],
          ['cookie', 'FooBar="q"'],
        ]);
        stream.onResponseHeaders([[':status', '200']]);
        const answer = [stream.requestHeaders!.getAll(HINT), stream.responseHeaders!.getAll('set-cookie')];
        stream.finish();
        return answer;
      }),
    );
  }

  memory(): number {
    return this.#vm.memory.size;
  }
}

const addresses = { source: '127.0.0.1:5000', destination: '127.0.0.1:80' };
const sources = [
  '127.0.0.1:50000',
  '[::1]:50000',
  '[2001:db8::1]:1',
  '10.0.0.1:0',
  'envoy://internal',
  '/tmp/x.sock',
  '1.2.3.4',
  '',
  ':',
  '[]:1',
  '[:1',
];
