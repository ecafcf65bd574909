/**
 * The filter's hash keys against Envoy's own hash policies, on real requests: each case is sent to an Envoy
 * with the native engine and to one with the filter. Where Envoy finds a key it always answers with one host,
 * and the filter must name the same; where Envoy finds none it chooses at random, and the filter must not
 * have picked.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, connections, http1, type Request } from '../../demo/fakes/http1.ts';
import { type Engines, inParallel, startEngines } from '../support/engines.ts';
import type { Envoy } from '../support/envoy.ts';
import { consistentHash, gateway, httpRoute, policy, service } from '../support/manifests.ts';

type Sent = Pick<Request, 'headers' | 'path' | 'localAddress'>;
interface Case {
  readonly name: string;
  readonly sent: Sent;
}

const policies = {
  header: { type: 'Header', header: { name: 'FooBar' } },
  headers: { type: 'Headers', headers: [{ name: 'X-Tenant' }, { name: 'X-User' }] },
  cookie: { type: 'Cookie', cookie: { name: 'FooBar' } },
  query: { type: 'QueryParams', queryParams: [{ name: 'user' }] },
  queries: { type: 'QueryParams', queryParams: [{ name: 'user' }, { name: 'shard' }] },
  source: { type: 'SourceIP' },
} as const;
type Route = keyof typeof policies;

const header = (...values: string[]): Sent => ({
  headers: values.map((value) => ['FooBar', value] as const),
});
const cookie = (...lines: string[]): Sent => ({ headers: lines.map((line) => ['Cookie', line] as const) });

const odd: Record<Route, readonly Case[]> = {
  header: [
    { name: 'one value', sent: header('1.2.3.4') },
    { name: 'name in capitals', sent: { headers: [['FOOBAR', '1.2.3.4']] } },
    { name: 'empty', sent: header('') },
    { name: 'absent', sent: {} },
    { name: 'spaces around', sent: header('  padded  ') },
    { name: 'spaces inside', sent: header('a b\tc') },
    { name: 'two values', sent: header('b', 'a') },
    { name: 'the same two in the other order', sent: header('a', 'b') },
    { name: 'the same value twice', sent: header('a', 'a') },
    { name: 'three values, one a prefix of another', sent: header('ab', 'a', 'abc') },
    { name: 'two values, one empty', sent: header('', 'x') },
    { name: 'a list in one line', sent: header('a, b') },
    { name: 'bytes above 127', sent: header('\xe9\xff\x80') },
    { name: 'two values with bytes above 127', sent: header('\xff', 'z') },
    { name: 'eight kilobytes', sent: header('k'.repeat(8_192)) },
    { name: 'forty values', sent: header(...Array.from({ length: 40 }, (_, i) => `v${i}`)) },
  ],
  headers: [
    {
      name: 'both',
      sent: {
        headers: [
          ['X-Tenant', 'a'],
          ['X-User', 'b'],
        ],
      },
    },
    {
      name: 'both, swapped values',
      sent: {
        headers: [
          ['X-Tenant', 'b'],
          ['X-User', 'a'],
        ],
      },
    },
    {
      name: 'both, other order on the wire',
      sent: {
        headers: [
          ['X-User', 'b'],
          ['X-Tenant', 'a'],
        ],
      },
    },
    {
      name: 'both the same value',
      sent: {
        headers: [
          ['X-Tenant', 'a'],
          ['X-User', 'a'],
        ],
      },
    },
    { name: 'first only', sent: { headers: [['X-Tenant', 'a']] } },
    { name: 'second only', sent: { headers: [['X-User', 'a']] } },
    {
      name: 'first empty',
      sent: {
        headers: [
          ['X-Tenant', ''],
          ['X-User', 'a'],
        ],
      },
    },
    { name: 'none', sent: {} },
    {
      name: 'first repeated',
      sent: {
        headers: [
          ['X-Tenant', 'z'],
          ['X-Tenant', 'a'],
          ['X-User', 'b'],
        ],
      },
    },
  ],
  cookie: [
    { name: 'alone', sent: cookie('FooBar=1.2.3.4') },
    { name: 'quoted', sent: cookie('FooBar="1.2.3.4"') },
    { name: 'a quote only in front', sent: cookie('FooBar="1.2.3.4') },
    { name: 'a single quote character', sent: cookie('FooBar="') },
    { name: 'empty quotes', sent: cookie('FooBar=""') },
    { name: 'empty', sent: cookie('FooBar=') },
    { name: 'without =', sent: cookie('FooBar') },
    { name: 'absent', sent: {} },
    { name: 'other name in lower case', sent: cookie('foobar=1') },
    { name: 'name as the end of another', sent: cookie('xFooBar=1; yFooBar=2') },
    { name: 'last among others', sent: cookie('a=1; b=2; FooBar=v') },
    { name: 'without spaces', sent: cookie('a=1;FooBar=v;c=3') },
    { name: 'many spaces', sent: cookie('a=1;    FooBar=v   ; c=3') },
    { name: 'tab before the name', sent: cookie('a=1;\tFooBar=v') },
    { name: 'space before =', sent: cookie('FooBar =v') },
    { name: 'space after =', sent: cookie('FooBar= v') },
    { name: '= in the value', sent: cookie('FooBar=a=b==') },
    { name: 'twice in one line', sent: cookie('FooBar=first; FooBar=second') },
    { name: 'empty first, then a value', sent: cookie('FooBar=; FooBar=second') },
    { name: 'two lines', sent: cookie('FooBar=first', 'FooBar=second') },
    { name: 'in the second line', sent: cookie('a=1', 'FooBar=v') },
    { name: 'semicolons only', sent: cookie(';;;FooBar=v;;') },
    { name: 'bytes above 127', sent: cookie('FooBar=\xe9\xff') },
  ],
  query: [
    { name: 'one', sent: { path: '?user=1' } },
    { name: 'among others', sent: { path: '?a=1&user=2&b=3' } },
    { name: 'repeated', sent: { path: '?user=1&user=2' } },
    { name: 'repeated, other order', sent: { path: '?user=2&user=1' } },
    { name: 'empty', sent: { path: '?user=' } },
    { name: 'without =', sent: { path: '?user' } },
    { name: 'absent', sent: { path: '?other=1' } },
    { name: 'no query', sent: { path: '' } },
    { name: 'a bare ?', sent: { path: '?' } },
    { name: 'percent escapes', sent: { path: '?user=a%20b%2Fc' } },
    { name: 'escapes in small letters', sent: { path: '?user=a%20b%2fc' } },
    { name: 'a broken escape', sent: { path: '?user=%zz%4' } },
    { name: 'plus', sent: { path: '?user=a+b' } },
    { name: 'an escaped name', sent: { path: '?us%65r=1' } },
    { name: 'name in capitals', sent: { path: '?USER=1' } },
    { name: 'name as the end of another', sent: { path: '?xuser=1' } },
    { name: '= in the value', sent: { path: '?user=a=b' } },
    { name: '? in the value', sent: { path: '?user=a?b' } },
    { name: 'second ?', sent: { path: '?a=1?user=2' } },
    { name: 'semicolon', sent: { path: '?a=1;user=2' } },
    { name: 'empty parts', sent: { path: '?&&user=1&&' } },
    { name: 'slashes', sent: { path: '?user=/a//b/../c' } },
    { name: 'long', sent: { path: `?user=${'v'.repeat(4_000)}` } },
  ],
  queries: [
    { name: 'both', sent: { path: '?user=1&shard=2' } },
    { name: 'both, other order', sent: { path: '?shard=2&user=1' } },
    { name: 'second only', sent: { path: '?shard=2' } },
    { name: 'first empty', sent: { path: '?user=&shard=2' } },
    { name: 'none', sent: { path: '?x=1' } },
  ],
  source: [
    { name: 'as it is', sent: {} },
    // With use_remote_address and no trusted hop the peer's address counts.
    { name: 'X-Forwarded-For does not count', sent: { headers: [['X-Forwarded-For', '203.0.113.9']] } },
    { name: 'the highest loopback address', sent: { localAddress: '127.255.255.254' } },
  ],
};

/** Plain keys of each kind, so that the figure does not rest on odd cases alone. */
const plain: Record<Route, readonly Case[]> = {
  header: Array.from({ length: 300 }, (_, i) => ({ name: `#${i}`, sent: header(`user-${i}`) })),
  headers: Array.from({ length: 200 }, (_, i) => ({
    name: `#${i}`,
    sent: {
      headers: [
        ['X-Tenant', `t${i % 7}`],
        ['X-User', `u${i}`],
      ],
    },
  })),
  cookie: Array.from({ length: 200 }, (_, i) => ({
    name: `#${i}`,
    sent: cookie(`session=${i}; FooBar=${i % 2 === 0 ? `"${i * 31}"` : i * 31}; theme=dark`),
  })),
  query: Array.from({ length: 200 }, (_, i) => ({ name: `#${i}`, sent: { path: `?page=${i}&user=u${i}` } })),
  queries: Array.from({ length: 100 }, (_, i) => ({
    name: `#${i}`,
    sent: { path: `?user=u${i}&shard=${i % 5}` },
  })),
  source: Array.from({ length: 150 }, (_, i) => ({
    name: `#${i}`,
    sent: { localAddress: `127.0.${Math.floor(i / 50)}.${100 + (i % 50)}` },
  })),
};

/**
 * Random choice answers n times with the same of eight hosts with probability 8^(1-n): below 1e-10 for 12.
 */
const tries = 12;

let backends: Backend[] = [];
let engines: Engines;

before(async () => {
  backends = await startBackends(Array.from({ length: 8 }, (_, i) => `127.0.0.${11 + i}`));
  engines = await startEngines([
    ...gateway(),
    ...service('backend', backends),
    ...Object.entries(policies).flatMap(([name, keys]) => [
      httpRoute({ name }),
      policy(name, consistentHash(keys)),
    ]),
  ]);
});
after(async () => {
  await engines?.stop();
  await stopAll(backends);
});

const agents = { filter: connections(8), native: connections(8) };
after(() => {
  agents.filter.destroy();
  agents.native.destroy();
});

async function ask(envoy: Envoy, route: Route, { headers, path, localAddress }: Sent): Promise<string> {
  const agent = envoy === engines.filter ? agents.filter : agents.native;
  const response = await http1({
    port: envoy.port(),
    path: `/${route}${path ?? ''}`,
    headers,
    // A connection of its own where the source address matters.
    ...(localAddress === undefined ? { agent } : { localAddress }),
  });
  assert.equal(response.status, 200, `${route}: ${response.body}`);
  return backendOf(response);
}

const filterStat = async (name: string): Promise<number> =>
  (await engines.filter.admin.filterStats())[name] ?? 0;

for (const route of Object.keys(policies) as Route[]) {
  describe(route, () => {
    for (const { name, sent } of odd[route]) {
      test(name, async () => {
        const native = new Set<string>();
        for (let i = 0; i < tries; i++) native.add(await ask(engines.native, route, sent));
        const picks = await filterStat('loadstar_picks_total');
        const absent = await filterStat('loadstar_keys_absent_total');
        const filter = new Set<string>();
        for (let i = 0; i < tries; i++) filter.add(await ask(engines.filter, route, sent));
        const picked = (await filterStat('loadstar_picks_total')) - picks;
        if (native.size === 1) {
          assert.deepEqual([...filter], [...native], 'the same host each time');
          assert.equal(picked, tries, 'by the filter');
        } else {
          assert.equal(
            picked,
            0,
            `Envoy finds no key (${native.size} hosts of ${tries} tries), nor may the filter`,
          );
          assert.ok(filter.size > 1, 'so the hosts vary');
          assert.equal((await filterStat('loadstar_keys_absent_total')) - absent, tries, 'and are counted');
        }
      });
    }

    test(`${plain[route].length} plain keys`, async (t) => {
      const before = await filterStat('loadstar_picks_total');
      const native = await inParallel(plain[route], 8, ({ sent }) => ask(engines.native, route, sent));
      const filter = await inParallel(plain[route], 8, ({ sent }) => ask(engines.filter, route, sent));
      const differing = plain[route].filter((_, i) => native[i] !== filter[i]).map(({ name }) => name);
      t.diagnostic(`${plain[route].length} keys, ${differing.length} differ, ${new Set(native).size} hosts`);
      assert.deepEqual(differing, []);
      assert.ok(new Set(native).size > 1);
      assert.equal((await filterStat('loadstar_picks_total')) - before, plain[route].length);
    });
  });
}
