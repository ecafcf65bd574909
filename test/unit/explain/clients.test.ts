/** What a ClientTrafficPolicy changes in a request before routes see it, as `explain` has it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Explanation } from '../../../host/explain/explanation.ts';
import { normalizePath } from '../../../host/explain/request.ts';
import { clientPolicy, consistentHash, policy } from '../../support/manifests.ts';
import { wasmPath } from '../../support/translate.ts';
import { run } from '../cli/run-cli.ts';
import { basics, httpRoute, type Manifest, render, rule } from '../plan/world.ts';

async function explain(spec: Manifest, path: string, ...more: string[]): Promise<Explanation> {
  return explainWith(httpRoute('r'), spec, path, ...more);
}

async function explainWith(
  route: Manifest,
  spec: Manifest,
  path: string,
  ...more: string[]
): Promise<Explanation> {
  const { stdout, stderr } = await run(
    [
      'explain',
      '--wasm',
      wasmPath(),
      '-f',
      '-',
      '--format',
      'json',
      '--host',
      'www.example.com',
      '--path',
      path,
      ...more,
    ],
    render([
      ...basics,
      route,
      policy('r', consistentHash({ type: 'Header', header: { name: 'x-key' } })),
      clientPolicy(spec),
    ]),
  );
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout) as Explanation;
}
const keyOf = ({ pools }: Explanation): string | undefined => {
  const choice = pools[0]?.choice;
  return choice?.kind === 'key' ? (choice.key[0]?.value ?? choice.key[0]?.because) : undefined;
};
const early = (earlyRequestHeaders: Manifest): Manifest => ({ headers: { earlyRequestHeaders } });

test('early edits of headers come before the key is read', async () => {
  const sent = ['-H', 'x-key: sent'];
  assert.equal(keyOf(await explain(early({ set: [{ name: 'X-Key', value: 'set' }] }), '/', ...sent)), 'set');
  assert.equal(
    keyOf(await explain(early({ addIfAbsent: [{ name: 'x-key', value: 'new' }] }), '/', ...sent)),
    'sent',
  );
  assert.equal(keyOf(await explain(early({ addIfAbsent: [{ name: 'x-key', value: 'new' }] }), '/')), 'new');
  for (const gone of [{ remove: ['X-Key'] }, { removeOnMatch: [{ type: 'Suffix', value: 'KEY' }] }])
    assert.equal(keyOf(await explain(early(gone), '/', ...sent)), undefined);
  assert.match(
    keyOf(await explain(early({ set: [{ name: 'x-key', value: '%DOWNSTREAM_REMOTE_ADDRESS%' }] }), '/')) ??
      '',
    /the listener sets it/,
  );
});

test('what a client must not send is removed before routes are matched, also behind a limit of connections', async () => {
  const name = 'endpoint-load-metrics';
  const first = { path: { value: '/' }, headers: [{ name, type: 'Exact', value: 'TEXT cpu=1' }] };
  const route = httpRoute('r', [rule('/', { matches: [first] }), rule('/')]);
  for (const connection of [{}, { connectionLimit: { value: 100 } }]) {
    const found = await explainWith(route, { connection }, '/', '-H', `${name}: TEXT cpu=1`);
    assert.match(found.route?.name ?? '', /rule\/1\//, JSON.stringify(connection));
  }
});

test('underscores, health checks and a dot behind the host', async () => {
  const odd = ['-H', 'a_b: 1', '-H', 'x-key: sent'];
  assert.equal((await explain({}, '/', ...odd)).answer?.status, 400);
  for (const withUnderscoresAction of ['Allow', 'DropHeader'])
    assert.equal(keyOf(await explain({ headers: { withUnderscoresAction } }, '/', ...odd)), 'sent');
  const health = { healthCheck: { path: '/healthz' } };
  assert.equal((await explain(health, '/healthz')).answer?.status, 200);
  assert.equal((await explain(health, '/healthz?a')).answer, undefined);
  const dot = ['-H', 'x-key: k', '--host', 'www.example.com.'];
  const stripped = await run(
    ['explain', '--wasm', wasmPath(), '-f', '-', ...dot],
    render([...basics, httpRoute('r'), clientPolicy({ headers: { host: { stripTrailingHostDot: true } } })]),
  );
  assert.match(stripped.stdout, /clients {5}as ClientTrafficPolicy default\/clients has it/);
  assert.match(stripped.stdout, /route {7}httproute\/default\/r/);
});

const paths: readonly (readonly [
  Parameters<typeof normalizePath>[1],
  string,
  ReturnType<typeof normalizePath>,
])[] = [
  [{ escapedSlashes: 'KeepUnchanged' }, '/a%2Fb//c', { kind: 'path', path: '/a%2Fb/c' }],
  [{ escapedSlashes: 'UnescapeAndForward' }, '/a%2Fb', { kind: 'path', path: '/a/b' }],
  [{ escapedSlashes: 'UnescapeAndRedirect' }, '/a%2Fb', { kind: 'redirect', path: '/a/b' }],
  [{ mergeSlashes: false }, '/a//b', { kind: 'path', path: '/a//b' }],
];
for (const [settings, path, expected] of paths)
  test(`${path} with ${JSON.stringify(settings)}`, () =>
    assert.deepEqual(normalizePath(path, settings), expected));
test('an escaped slash can be refused', () => {
  assert.equal(normalizePath('/a%5cb', { escapedSlashes: 'RejectRequest' }).kind, 'refused');
});
