/** Of three Envoys with the same Gateway some refuse a change: one alone, and then two of them. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as build from '../../../demo/fakes/manifests.ts';
import { envoyBinary } from '../../support/binary.ts';
import { eventually } from '../../support/eventually.ts';
import { ServeProcess } from '../../support/fleet.ts';
import { ISOLATED, mayIsolate } from '../../support/isolated-edge.ts';
import { render, service } from '../../support/manifests.ts';
import { cli } from '../../support/translate.ts';

const skip = mayIsolate ? false : 'needs user namespaces';
const [PORT, ONE_HAS, TWO_HAVE, FREE] = [28_600, 28_601, 28_602, 28_603] as const;
/** Ports that something else has on the machine of an Envoy. */
const TAKEN = { good: [], busy: [TWO_HAVE], full: [ONE_HAS, TWO_HAVE] } as const;

let folder: string;
let socket: string;
let server: ServeProcess;
const children: ChildProcess[] = [];

function write(ports: readonly number[]): void {
  const listeners = ports.map((port) => build.listener(`at-${port}`, port));
  const hosts = [{ address: '10.1.0.1', port: 3000 }];
  const manifests = [
    ...[build.gatewayClass, build.gateway('eg', listeners)],
    ...[...service('backend', hosts), build.httpRoute('shop')],
  ];
  writeFileSync(join(folder, 'next'), render(manifests));
  renameSync(join(folder, 'next'), join(folder, 'all.yaml'));
}

async function start(id: string, taken: readonly number[]): Promise<void> {
  const file = join(folder, `${id}.yaml`);
  const made = await cli(['bootstrap', '--xds', `unix:${socket}`, '--node', id, '--zone', 'z', '-o', file]);
  assert.equal(made.code, 0, made.stderr);
  const envoy = [await envoyBinary(), '-c', file, '--disable-hot-restart', '--concurrency', '1', '-l', 'off'];
  const take = taken.map((port) => `net.createServer().listen(${port}, '0.0.0.0');`).join('');
  const run = `const [p, ...a] = process.argv.slice(1); ${take} setTimeout(() => spawn(p, a, { stdio: 'ignore' }), 200)`;
  const code = `const net = require('net'), { spawn } = require('child_process'); ${run}`;
  const [program, ...args] = [...ISOLATED, process.execPath, '-e', code, ...envoy];
  children.push(spawn(program!, args, { stdio: 'ignore' }));
}

const status = async (): Promise<string> => (await cli(['status', '--server', `unix:${socket}`])).stdout;
const states = (expected: Readonly<Record<keyof typeof TAKEN, RegExp>>) =>
  eventually('the states', async () => {
    const text = await status();
    for (const [id, state] of Object.entries(expected))
      assert.match(text, new RegExp(`^${id} .* ${state.source}$`, 'm'));
  });
const current = { good: /current/, busy: /current/, full: /current/ };

before(async () => {
  if (skip !== false) return;
  folder = mkdtempSync(join(tmpdir(), 'loadstar-refusals-'));
  socket = join(folder, 'xds.sock');
  write([PORT]);
  server = await ServeProcess.start(`unix:${socket}`, ['-f', join(folder, 'all.yaml')]);
  for (const [id, taken] of Object.entries(TAKEN)) await start(id, taken);
  await states(current);
});
after(async () => {
  for (const child of children) child.kill('SIGKILL');
  await server?.end();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

test('who comes is told, with Gateway, zone and version', { skip }, async () => {
  for (const id of Object.keys(TAKEN))
    await server.said(
      new RegExp(`^\\d\\d:\\d\\d:\\d\\d ${id} \\(all, zone z, Envoy 1\\.\\d+\\.\\d+\\) joins$`),
    );
});

test('one of three refuses: the others have the change, and the next one', { skip }, async () => {
  write([PORT, ONE_HAS]);
  await server.said(/listener default\/eg\/at-28601 added.*: acknowledged after \d+ ms, but not by full: /);
  await server.said(/ full \(.*\) refuses the lds default\/eg\/at-28601: .*in use/);
  await states({ ...current, full: /refuses for \d+ s/ });
  write([PORT, ONE_HAS, FREE]);
  await server.said(/at-28603 added.*: acknowledged after \d+ ms, but not by full: /);
  write([PORT, FREE]);
  await states(current);
});

test('two of three refuse: it is taken back, and all keep what they have', { skip }, async () => {
  const serves = /^serves .*? (\w{16}) /m.exec(await status())?.[1];
  write([PORT, FREE, TWO_HAVE]);
  await server.said(
    /Envoy refuses the listeners of default\/eg\/at-28602: .*; what Envoy has stays; not done: /,
  );
  await states(current);
  assert.equal(/^serves .*? (\w{16}) /m.exec(await status())?.[1], serves);
});
