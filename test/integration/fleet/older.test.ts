/**
 * An old Envoy among new ones of the same Gateway: they get everything, it gets what it can, and what it
 * lacks is told. Needs both binaries: `npm run test:versions` fetches them.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as build from '../../../demo/fakes/manifests.ts';
import { envoyBinary, olderEnvoy } from '../../support/binary.ts';
import { eventually } from '../../support/eventually.ts';
import { ServeProcess } from '../../support/fleet.ts';
import { IsolatedEdge, mayIsolate } from '../../support/isolated-edge.ts';
import { type Manifest, policy, render } from '../../support/manifests.ts';
import { cli } from '../../support/translate.ts';

const OLD = olderEnvoy('1.36.4');
const isOldToo = /wheel-1\.3[67]/.test(process.env.ENVOY_PATH ?? '');
const skip = !mayIsolate
  ? 'needs user namespaces'
  : OLD === undefined || isOldToo
    ? 'needs Envoy 1.36.4 (npm run test:versions) beside a new one'
    : false;
const PORT = 28_610;
let folder: string;
let server: ServeProcess;
const edges = new Map<string, IsolatedEdge>();

const moved = (path: string, more: readonly Manifest[] = []): Manifest =>
  build.rule(path, {
    backendRefs: undefined,
    filters: [...more, { type: 'RequestRedirect', requestRedirect: { hostname: 'b.test', statusCode: 302 } }],
  });
const limited = (name: string, rule: Manifest): Manifest =>
  policy(name, { rateLimit: { local: { rules: [{ limit: { requests: 100, unit: 'Hour' }, ...rule }] } } });
const ofRange = limited('limited', {
  clientSelectors: [{ sourceCIDR: { type: 'Exact', value: '127.0.0.0/8' } }],
});
const inShadow = limited('shadow', { clientSelectors: [{ path: { value: '/' } }], shadowMode: true });

function write(paths: readonly string[], more: readonly Manifest[] = []): void {
  const manifests = [
    ...[build.gatewayClass, build.gateway('eg', [build.listener('http', PORT)])],
    build.httpRoute(
      'plain',
      paths.map((path) => moved(path)),
    ),
    build.httpRoute('limited', [moved('/limited')]),
    build.httpRoute('shadow', [moved('/shadow')]),
    ...more,
  ];
  writeFileSync(join(folder, 'next'), render(manifests));
  renameSync(join(folder, 'next'), join(folder, 'all.yaml'));
}

before(async () => {
  if (skip !== false) return;
  folder = mkdtempSync(join(tmpdir(), 'loadstar-older-'));
  write(['/plain']);
  server = await ServeProcess.start(`unix:${join(folder, 'xds.sock')}`, ['-f', join(folder, 'all.yaml')]);
  const binaries = { new: await envoyBinary(), newer: await envoyBinary(), old: OLD! };
  for (const [id, binary] of Object.entries(binaries))
    edges.set(id, await IsolatedEdge.start(id, server.address, PORT, folder, binary));
  await states(/current/, ['new', 'newer', 'old']);
});
after(async () => {
  for (const edge of edges.values()) edge.kill();
  await server?.end();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

const status = () => cli(['status', '--server', server.address]);
const states = (state: RegExp, ids: readonly string[]) =>
  eventually('the states', async () => {
    const { stdout } = await status();
    for (const id of ids) assert.match(stdout, new RegExp(`^${id} .* ${state.source}$`, 'm'));
  });
const answers = (id: string, ...paths: string[]) =>
  Promise.all(paths.map((path) => edges.get(id)!.get(path)));

test('the others have the change; the old one answers 500 where it cannot limit, and all else', {
  skip,
}, async () => {
  write(['/plain', '/more'], [ofRange]);
  await server.said(
    /: acknowledged after \d+ ms; Envoy 1\.36\.4 \(old\) is too old: rate limits by ranges .* these routes answer 500$/,
  );
  for (const id of ['new', 'newer'])
    assert.deepEqual(await answers(id, '/plain', '/limited', '/more'), [302, 302, 302]);
  assert.deepEqual(await answers('old', '/plain', '/limited', '/more'), [302, 500, 302]);
  const { code, stdout } = await status();
  assert.equal(code, 1, stdout);
  assert.match(stdout, /^new .* current$/m);
  assert.match(stdout, /^old .* 1\.36\.4 .* current, lacks 1$/m);
  assert.match(stdout, /^old \(Envoy 1\.36\.4\) is too old: rate limits by ranges of addresses/m);
});

test('the next change reaches all, and what was said is not said again', { skip }, async () => {
  const from = server.out.length;
  write(['/plain', '/again'], [ofRange]);
  assert.doesNotMatch(await server.said(/acknowledged after/, from), /too old/);
  assert.deepEqual(await answers('old', '/plain', '/limited', '/again'), [302, 500, 302]);
});

test('the server starts anew: it says so as the old one joins, which has the same as before', {
  skip,
}, async () => {
  await server.end('SIGKILL');
  await server.again();
  await server.said(/ old \(all, Envoy 1\.36\.4\) joins, and is too old: rate limits by ranges/);
  await states(/current, lacks 1/, ['old']);
  assert.deepEqual(await answers('old', '/plain', '/limited'), [302, 500]);
});

test('alone it has the change too, in its form', { skip }, async () => {
  for (const id of ['new', 'newer']) edges.get(id)!.kill();
  await eventually('they are gone', async () => assert.doesNotMatch((await status()).stdout, /^new/m));
  write(['/plain', '/again'], [inShadow]);
  await server.said(/ acknowledged after .*Envoy 1\.36\.4 \(old\) is too old: rate limits in shadow mode /);
  assert.deepEqual(await answers('old', '/plain', '/limited'), [302, 302]);
});
