/** `loadstar explain` on the manifests of the documents, without an Envoy. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Explanation, KeyChoice } from '../../../host/explain/explanation.ts';
import type { OrcaExplanation } from '../../../host/explain/orca-explanation.ts';
import { wasmPath } from '../../support/translate.ts';
import { run } from '../cli/run-cli.ts';

const manifests = fileURLToPath(new URL('../../../envoy/demo/manifests', import.meta.url));
const explain = (...argv: string[]) => run(['explain', '--wasm', wasmPath(), ...argv]);
const request = (...argv: string[]) => explain('-f', manifests, '--host', 'www.example.com', ...argv);
async function data(...argv: string[]): Promise<Explanation & { loadReports?: OrcaExplanation[] }> {
  const { code, stdout, stderr } = await explain('--format', 'json', ...argv);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Explanation & { loadReports?: OrcaExplanation[] };
}
const byKey = (explanation: Explanation): KeyChoice => {
  const choice = explanation.pools[0]!.choice;
  assert.equal(choice.kind, 'key');
  return choice as KeyChoice;
};

test('a cookie, from the request to the host', async () => {
  const { code, stdout } = await request('--path', '/cookie?a=b', '-H', 'Cookie: x=1; FooBar="abc"');
  assert.equal(code, 0);
  const lines = stdout.split('\n').map((line) => line.replace(/ {2,}/g, ' '));
  for (const line of [
    'request GET http://www.example.com/cookie?a=b from 127.0.0.1',
    'route httproute/default/cookie-route/rule/0/match/0/www_example_com',
    ' it targets HTTPRoute default/cookie-route',
    'key cookie FooBar: "abc" (bytes 616263)',
    // xxHash's own vector for "abc", and its residue.
    'hash 0x44bc2cf5ad770999',
    `slot ${0x44bc2cf5ad770999n % 65537n} of 65537`,
  ]) {
    assert.ok(lines.includes(line), `${line}\n${stdout}`);
  }
  assert.match(stdout, /policy {6}BackendTrafficPolicy default\/cookie-policy, .*cookie\.yaml:\d+/);
  assert.match(stdout, /host {8}127\.0\.0\.1[1-4]:3000\nthen/);
});

test('without the cookie, the one that would be generated', async () => {
  const choice = byKey(await data('-f', manifests, '--host', 'www.example.com', '--path', '/cookie'));
  assert.equal(choice.key[0]?.from, 'generated');
  assert.equal(
    choice.setCookie[0],
    `FooBar="${choice.key[0]?.value}"; Max-Age=60; SameSite=Strict; HttpOnly`,
  );
});

test('several values of a header are hashed in their order, whatever the order on the wire', async () => {
  const [one, other] = await Promise.all(
    [
      ['b', 'a'],
      ['a', 'b'],
    ].map((values) =>
      data(
        '-f',
        manifests,
        '--host',
        'www.example.com',
        '--path',
        '/header',
        ...values.flatMap((v) => ['-H', `FooBar: ${v}`]),
      ),
    ),
  );
  assert.deepEqual(byKey(one!).pick, byKey(other!).pick);
  assert.equal(byKey(one!).key[0]?.bytes, '61 62');
});

test('a host down: others keep their keys, its own go to one host', async () => {
  const base = ['-f', manifests, '--host', 'www.example.com', '--path', '/source', '--source-ip', '10.1.2.3'];
  const home = byKey(await data(...base)).pick!.host;
  const down = byKey(await data(...base, '--unhealthy', home)).down!;
  assert.deepEqual([down.hosts, down.panic], [[home], false]);
  assert.ok(down.host !== undefined && down.host !== home);
  const others = ['127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14'].filter(
    (host) => !home.startsWith(`${host}:`),
  );
  for (const host of others) assert.equal(byKey(await data(...base, '--unhealthy', host)).down?.host, home);
  const all = byKey(await data(...base, ...others.flatMap((host) => ['--unhealthy', host])));
  assert.deepEqual([all.down?.panic, all.down?.host], [true, home]);
});

test('not by key: what Envoy goes by, and the shares that loads lead to', async () => {
  assert.match((await request('--path', '/round')).stdout, /balancer {4}round robin/);
  const { pools } = await data(
    ...['-f', manifests, '--host', 'www.example.com', '--path', '/utilization'],
    ...[
      '--utilization',
      '127.0.0.11=0.9',
      '--utilization',
      '127.0.0.12=0.3',
      '--utilization',
      '127.0.0.13=0.3',
      '--utilization',
      '127.0.0.14=0.3',
    ],
  );
  const { choice } = pools[0]!;
  assert.ok(choice.kind === 'balance');
  assert.deepEqual(
    choice.utilization?.map(({ share }) => Math.round(share * 1000)),
    [100, 300, 300, 300],
  );
});

test('no route: the nearest ones and what is missing', async () => {
  const { answer, near } = await data('-f', manifests, '--host', 'www.example.com', '--path', '/cookies');
  assert.equal(answer?.status, 404);
  assert.ok(near?.some(({ because }) => because[0] === 'path /cookies is not below /cookie'));
  const other = await data('-f', manifests, '--host', 'example.com', '--path', '/cookie');
  assert.match(other.answer?.because ?? '', /no virtual host serves example\.com; served: www\.example\.com/);
});

test('what a client must not send is removed, and said', async () => {
  const { warnings } = await data(
    '-f',
    manifests,
    '--host',
    'www.example.com',
    '--path',
    '/header',
    '-H',
    'X-Loadstar-Host: MTI3LjAuMC4xMTozMDAw',
    '-H',
    'FooBar: x',
  );
  assert.match(warnings[0] ?? '', /^x-loadstar-host of the client is removed/);
});

test('an underscore in a header name is refused before any route is asked', async () => {
  const { answer } = await data('-f', manifests, '--host', 'www.example.com', '-H', 'foo_bar: 1');
  assert.equal(answer?.status, 400);
});

test('a load report of the documents: to no effect, and what ours becomes', async () => {
  const { loadReports = [] } = await data(
    ...['--orca', 'endpoint-load-metrics: TEXT cpu=0.3,mem=0.8,foo_bytes=123'],
    ...['--orca', 'endpoint-load-metrics: JSON {"cpu_utilization": 0.3, "mem_utilization": 0.8}'],
    ...['--orca', 'endpoint-load-metrics-bin: Cg4KCHNvbWUta2V5Eg0AAAAAAADwPw=='],
    ...['--orca', 'Endpoint-Load-Metrics: TEXT cpu_utilization=0.5,rps_fractional=10'],
  );
  assert.deepEqual(
    loadReports.map(({ form, native, loadstar }) => [
      form,
      native.effect,
      native.error?.slice(0, 24),
      loadstar.result,
      loadstar.reason,
    ]),
    [
      ['text', 'refused', 'unsupported metric name:', 'repaired', undefined],
      ['json', 'no effect', 'QPS must be positive', 'repaired', undefined],
      ['binary', 'refused', 'unable to parse binaryhe', 'refused', 'protobuf'],
      ['text', 'weight', undefined, 'accepted', undefined],
    ],
  );
  assert.equal(
    loadReports[0]?.loadstar.header,
    'endpoint-load-metrics: TEXT cpu_utilization:0.3,mem_utilization:0.8,named_metrics.foo_bytes:123,rps_fractional:100',
  );
  assert.deepEqual(loadReports[3]?.native.weight, 20);
});

test('the metric names of the policy count', async () => {
  const report = 'endpoint-load-metrics: TEXT named_metrics.foo=0.5,cpu_utilization=0.1,rps_fractional=10';
  const { stdout } = await explain('--orca', report);
  assert.match(stdout, /gives the host weight 100\n/);
});

const wrong: readonly [argv: string[], message: RegExp][] = [
  [[], /no request is given: --host NAME --path PATH/],
  [['--path', '/x'], /no request is given/],
  [['--host', 'a'], /no manifests are given/],
  [['--host', 'a', '-H', 'nonsense'], /--header must be 'NAME: VALUE', not "nonsense"/],
  [['--host', 'a', '--source-ip', 'here'], /--source-ip must be an IP address/],
  [['--host', 'a', '--source-ip', '999.1.1.1'], /--source-ip must be an IP address/],
  [['--host', 'a', '--method', 'GET /'], /--method must be one word, as GET or POST, not "GET \/"/],
  [['--orca', 'endpoint-load-metrics: TEXT cpu=1', '--method', 'POST'], /--method needs a --host/],
  [['--orca', 'endpoint-load-metrics: TEXT cpu=1', '--unhealthy', 'a'], /--unhealthy needs a --host/],
  [
    ['-f', manifests, '--host', 'a', '--listener', 'https'],
    /--listener https: no such listener; there are default\/eg\/http \(10080\)/,
  ],
  [['--orca', 'x-load: TEXT cpu=1'], /--orca must be the header endpoint-load-metrics or/],
  [
    ['-f', manifests, '--host', 'a', '--unhealthy', '127.0.0.1:3000'],
    /--unhealthy 127\.0\.0\.1:3000: no such host/,
  ],
  [
    ['-f', manifests, '--host', 'http://www.example.com:8080/cart?a=1'],
    /--host is a host name .*: --host www\.example\.com:8080 --path '\/cart\?a=1'/,
  ],
  [
    ['-f', manifests, '--host', 'www.example.com/cart'],
    /--host is a host name .*: --host shop\.example\.com --path/,
  ],
  [['-f', manifests, '--host', 'a', '--utilization', '127.0.0.11'], /--utilization must be HOST=NUMBER/],
];
for (const [argv, message] of wrong) {
  test(`wrong usage: explain ${argv.filter((word) => word !== manifests).join(' ')}`, async () => {
    const { code, stdout, stderr } = await explain(...argv);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, message);
  });
}
