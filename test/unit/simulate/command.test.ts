/** `loadstar simulate` on the manifests of the documents and on pairs of manifests. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { PoolReport } from '../../../host/simulate/result.ts';
import { consistentHash, gateway, httpRoute, policy, render, service } from '../../support/manifests.ts';
import { wasmPath } from '../../support/translate.ts';
import { inFolder, run } from '../cli/run-cli.ts';
import { refused, shop } from '../cli/shop.ts';

const manifests = fileURLToPath(new URL('../../../envoy/demo/manifests', import.meta.url));
const simulate = (...argv: string[]) => run(['simulate', '--wasm', wasmPath(), ...argv]);
async function pools(argv: readonly string[], stdin = ''): Promise<PoolReport[]> {
  const { code, stdout, stderr } = await run(
    ['simulate', '--wasm', wasmPath(), '--format', 'json', ...argv],
    stdin,
  );
  assert.equal(code, 0, stderr);
  return (JSON.parse(stdout) as { pools: PoolReport[] }).pools;
}

test('every route that sends by key, evenly', async () => {
  const found = await pools(['-f', manifests, '--keys', '20000']);
  assert.deepEqual(found.map(({ key }) => key).sort(), ['cookie FooBar', 'header FooBar', 'source IP']);
  for (const { before, keys, sampled, after, moves } of found) {
    assert.deepEqual([keys, sampled, after, moves], [20_000, 100, undefined, undefined]);
    assert.equal(
      before.hosts.reduce((sum, host) => sum + host.keys, 0),
      20_000,
    );
    // Four hosts, 5,000 keys each: a deviation of 5 % would be more than three times the standard deviation.
    assert.ok(before.most.deviation < 0.06 && before.least.deviation > -0.06);
  }
});

test('a host that goes: its keys and hardly any other', async () => {
  const [found] = await pools([
    '-f',
    manifests,
    '--route',
    'cookie-route',
    '--keys',
    '50000',
    '--remove',
    '127.0.0.11',
  ]);
  const gone = found!.before.hosts.find(({ host }) => host === '127.0.0.11:3000')!.keys;
  const moves = found!.moves!;
  assert.equal(moves.hostGone, gone);
  assert.equal(moves.ideal, gone);
  assert.equal(moves.moved, gone + moves.hostStayed);
  // Maglev's disruption at four hosts is far below one percent (Eisenbud et al., section 5.4).
  assert.ok(moves.needless < 500, String(moves.needless));
  assert.match(found!.change ?? '', /^without 127\.0\.0\.11:3000$/);
});

test('a host that comes takes its part', async () => {
  const [found] = await pools([
    '-f',
    manifests,
    '--route',
    'header-route',
    '--keys',
    '50000',
    '--add',
    '127.0.0.15:3000',
  ]);
  const moves = found!.moves!;
  assert.deepEqual([moves.hostGone, moves.ideal], [0, 10_000]);
  assert.ok(moves.moved > 9_500 && moves.needless < 1_000);
});

test('old and new manifests: weights of backends count', async () => {
  const text = (stable: number, canary: number) =>
    render([
      ...gateway(),
      ...service('stable', [{ address: '127.0.0.1', port: 80 }]),
      ...service('canary', [{ address: '127.0.0.2', port: 80 }]),
      httpRoute({ name: 'shop', backends: { stable, canary } }),
      policy('shop', consistentHash({ type: 'QueryParams', queryParams: [{ name: 'user' }] })),
    ]);
  await inFolder(async (folder) => {
    const [from, to, svg] = ['old.yaml', 'new.yaml', 'moves.svg'].map((name) => join(folder, name));
    writeFileSync(from!, text(90, 10));
    writeFileSync(to!, text(50, 50));
    const [found] = await pools(['--from', from!, '--to', to!, '--keys', '20000', '--svg', svg!]);
    assert.deepEqual(
      found!.before.hosts.map(({ expected }) => expected),
      [0.9, 0.1],
    );
    assert.equal(found!.moves!.ideal, 8_000);
    assert.ok(Math.abs(found!.after!.hosts[1]!.share - 0.5) < 0.02);
    const drawn = readFileSync(svg!, 'utf8');
    assert.match(drawn, /^<svg xmlns/);
    assert.ok(drawn.includes('127.0.0.2:80') && drawn.includes('query parameter user'));
  });
});

test('real keys from standard input, with how often each came', async () => {
  const log = ['GET /a user=ann', 'GET /b user=bob', 'GET /c user=ann', 'GET /health'].join('\n');
  const args = ['-f', manifests, '--route', 'header-route', '--keys-from', '-', '--key-regex', 'user=(\\w+)'];
  const [found] = await pools(args, log);
  assert.deepEqual([found!.keys, found!.distinct], [3, 2]);
  const { stderr } = await run(['simulate', '--wasm', wasmPath(), ...args], log);
  assert.match(stderr, /1 line of - without a key/);
});

test('the table for people', async () => {
  const { code, stdout } = await simulate(
    '-f',
    manifests,
    '--route',
    'source-ip-route',
    '--keys',
    '10000',
    '--weights',
    '127.0.0.11=3',
  );
  assert.equal(code, 0);
  assert.match(
    stdout,
    /source IP · maglev 65537 slots · 10,000 keys · BackendTrafficPolicy default\/source-ip-policy/,
  );
  assert.match(stdout, /weights 127\.0\.0\.11:3000=3/);
  assert.match(stdout, /127\.0\.0\.11:3000 +3 +5,000/);
  assert.match(stdout, /the least possible +2,500 \(25\.00 %\)/);
});

test('same input, same bytes', async () => {
  const args = ['-f', manifests, '--keys', '3000', '--remove', '127.0.0.12'];
  assert.deepEqual(await simulate(...args), await simulate(...args));
});

const wrong: readonly [argv: string[], message: RegExp][] = [
  [[], /no manifests are given/],
  [['-f', manifests, '--remove', '127.0.0.1:3000'], /--remove 127\.0\.0\.1:3000: no such host; /],
  [['-f', manifests, '--remove', '127.0.0.11:300'], /did you mean 127\.0\.0\.11:3000\?/],
  [['-f', manifests, '--route', 'cooky-route'], /there is no route cooky-route; did you mean cookie-route\?/],
  [['-f', manifests, '--route', 'round-robin-route'], /does not send by key/],
  [['-f', manifests, '--keys', '0'], /--keys must be a whole number from 1/],
  [['-f', manifests, '--keys', '5', '--keys-from', 'x'], /use one of them/],
  [['-f', manifests, '--key-regex', 'x'], /--key-regex needs --keys-from/],
  [['-f', manifests, '--keys-from', '-', '--key-regex', '('], /--key-regex "\("/],
  [['--from', manifests], /--from and --to belong together/],
  [['-f', manifests, '--from', manifests, '--to', manifests], /-f gives both sides/],
  [['--from', manifests, '--to', manifests, '--remove', 'x'], /change the manifests of -f/],
  [['-f', '-', '--keys-from', '-'], /standard input \(-\) can be read once/],
  [['--from', '-', '--to', '-'], /standard input \(-\) can be read once/],
  [['-f', manifests, '--add', '999.0.0.1:80'], /--add 999\.0\.0\.1:80: write IP:PORT/],
  [['-f', manifests, '--add', '[:::::]:80'], /--add \[:::::\]:80: write IP:PORT/],
  [['-f', manifests, '--weights', '127.0.0.11'], /--weights must be HOST=WEIGHT/],
];
for (const [argv, message] of wrong) {
  test(`wrong usage: simulate ${argv.map((word) => (word === manifests ? 'demo' : word)).join(' ')}`, async () => {
    const { code, stdout, stderr } = await simulate(...argv);
    assert.deepEqual([code, stdout], [2, ''], stderr);
    assert.match(stderr, message);
  });
}

test('a change of what the key is, and keys that are no addresses, are compared by the tables', async () => {
  await inFolder(async (folder) => {
    const [cookie, source] = [join(folder, 'cookie.yaml'), join(folder, 'source.yaml')];
    writeFileSync(cookie, shop.replace(/type: Header\n.*/, 'type: Cookie\n      cookie: {name: s}'));
    writeFileSync(source, shop.replace(/type: Header\n.*/, 'type: SourceIP'));
    const [there] = await pools(['--from', cookie, '--to', source, '--keys', '500']);
    assert.ok(there!.notes.some((note) => note.startsWith('the key changes to source IP')));
    assert.equal(there!.sampled, 100);
    const [back] = await pools(['--from', source, '--to', cookie, '--keys', '500']);
    assert.equal(back!.sampled, 200);
    const keys = '10.0.0.1\nnobody\n2001:DB8::1\n2001:db8::1\n';
    const [real] = await pools(['-f', source, '--keys-from', '-'], keys);
    assert.deepEqual([real!.keys, real!.sampled], [4, 2]);
  });
});

test('messages of refused manifests stay JSON with --format json', async () => {
  const { code, stderr } = await run(['simulate', '-f', '-', '--format', 'json'], refused);
  assert.equal(code, 1);
  assert.equal((JSON.parse(stderr) as { code: string }[])[0]!.code, 'table-size-not-prime');
});

test('what cannot be read is a failure at run time, and nothing is drawn', async () => {
  await inFolder(async (folder) => {
    const svg = join(folder, 'x.svg');
    const { code, stderr } = await simulate(
      '-f',
      manifests,
      '--keys-from',
      join(folder, 'no.log'),
      '--svg',
      svg,
    );
    assert.equal(code, 3);
    assert.match(stderr, /cannot read .*no\.log/);
    assert.equal(existsSync(svg), false);
  });
});

test('a route that changes its own key: keys are taken as already changed', async () => {
  const edit = 'type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-user, value: all}]}';
  const changing = shop.replace('  - backendRefs:', `  - filters: [{${edit}}]\n    backendRefs:`);
  const notes = async (text: string) => (await pools(['-f', '-', '--keys', '100'], text))[0]!.notes;
  assert.match((await notes(changing)).join(), /changes its own key/);
  assert.deepEqual(await notes(shop), []);
});

test('a name stands for the addresses that are given', async () => {
  const scale = fileURLToPath(new URL('../../../envoy/scale/manifests', import.meta.url));
  const two = ['-f', scale, '--keys', '2000', '--resolve', 'backend=10.0.0.1,10.0.0.2'];
  const [found] = await pools([...two, '--add', '10.0.0.3:3000']);
  assert.deepEqual(
    found!.before.hosts.map(({ host }) => host),
    ['10.0.0.1:3000', '10.0.0.2:3000'],
  );
  assert.equal(found!.after!.hosts.at(-1)!.host, '10.0.0.3:3000');
  for (const [wrong, because] of [
    ['backand=10.0.0.1', /no host is found by the name "backand"; names: backend/],
    ['backend=10.0.0', /"10\.0\.0" is no IP address/],
    ['backend', /"" is no IP address/],
  ] as const) {
    const { code, stderr } = await simulate('-f', scale, '--resolve', wrong);
    assert.equal(code, 2);
    assert.match(stderr, because);
  }
});
