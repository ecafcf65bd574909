/**
 * `loadstar run` with the real Envoy: two Gateways on one port, ports that no other may share, signals that
 * leave nothing.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { envoyBinary } from '../support/binary.ts';
import { ended, leftovers } from '../support/leftovers.ts';
import { cliPath } from '../support/translate.ts';

const PORT = 18_480;
const gateway = (name: string, address: string): string => `---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: ${name}}
spec:
  gatewayClassName: eg
  addresses: [{value: ${address}}]
  listeners: [{name: http, protocol: HTTP, port: ${PORT}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: ${name}}
spec:
  parentRefs: [{name: ${name}}]
  rules: [{filters: [{type: RequestRedirect, requestRedirect: {hostname: ${name}.example.com}}]}]
`;

let folder: string;
let temporary: string;
let envoy: string;
before(async () => {
  envoy = await envoyBinary();
  folder = mkdtempSync(join(tmpdir(), 'loadstar-operators-'));
  temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  writeFileSync(join(folder, 'two.yaml'), gateway('a', '127.0.0.2') + gateway('b', '127.0.0.3'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly child: ChildProcess;
  readonly text: () => string;
  /** Once it serves. */
  readonly pid: Promise<number>;
}
function run(...more: string[]): Run {
  const args = ['run', '-f', join(folder, 'two.yaml'), '--engine', 'native', '--admin', '127.0.0.1:0'];
  const child = spawn(process.execPath, [cliPath(), ...args, '--envoy', envoy, ...more], {
    env: { ...process.env, TMPDIR: temporary },
  });
  let text = '';
  const pid = new Promise<number>((done) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        const found = /pid (\d+)\)/.exec(text);
        if (found !== null && text.includes('Ctrl-C')) done(Number(found[1]));
      });
    child.once('close', () => done(0));
  });
  return { child, text: () => text, pid };
}
const redirect = async (address: string): Promise<string | null> =>
  (await fetch(`http://${address}:${PORT}/`, { redirect: 'manual' })).headers.get('location');

test('two Gateways on one port answer each at its address; one of them alone by --gateway', async () => {
  const both = run();
  const pid = await both.pid;
  assert.notEqual(pid, 0, both.text());
  assert.equal(await redirect('127.0.0.2'), `http://a.example.com:${PORT}/`);
  assert.equal(await redirect('127.0.0.3'), `http://b.example.com:${PORT}/`);
  both.child.kill('SIGTERM');
  assert.equal((await ended(both.child)).code, 0);
  assert.equal(leftovers.alive(pid), false);
  assert.deepEqual(readdirSync(temporary), []);

  const one = run('--gateway', 'default/b');
  assert.notEqual(await one.pid, 0, one.text());
  assert.equal(await redirect('127.0.0.3'), `http://b.example.com:${PORT}/`);
  await assert.rejects(redirect('127.0.0.2'));
  one.child.kill('SIGTERM');
  assert.equal((await ended(one.child)).code, 0);
});

test('of two that are started at once only one serves, the other says why', async () => {
  const runs = [run(), run()];
  const pids = await Promise.all(runs.map(({ pid }) => pid));
  assert.equal(pids.filter((pid) => pid !== 0).length, 1, runs.map(({ text }) => text()).join('\n'));
  const loser = runs[pids.indexOf(0)]!;
  assert.match(loser.text(), /in use/i);
  assert.equal((await ended(loser.child)).code, 3);
  const winner = runs[1 - pids.indexOf(0)]!;
  winner.child.kill('SIGINT');
  assert.equal((await ended(winner.child)).code, 0);
  assert.deepEqual(readdirSync(temporary), []);
});

test('a signal at any of many moments leaves no Envoy and no folder', async () => {
  for (let ms = 300; ms <= 2_700; ms += 400) {
    const { child, pid } = run();
    await new Promise((done) => setTimeout(done, ms));
    child.kill('SIGTERM');
    const { code, signal } = await ended(child);
    assert.ok(code === 0 || signal === 'SIGTERM', `after ${ms} ms: ${code} ${signal}`);
    assert.equal(leftovers.alive(await pid), false);
    assert.deepEqual(readdirSync(temporary), [], `after ${ms} ms`);
    await assert.rejects(redirect('127.0.0.2'), `after ${ms} ms something listens`);
  }
});
