/** The page of `loadstar serve`: every Envoy, and the Gateway that each is for. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as build from '../../../demo/fakes/manifests.ts';
import { noBrowser, TestBrowser } from '../../support/browser.ts';
import { ServeProcess, startEdge } from '../../support/fleet.ts';

const SLOW = { timeout: 30_000 };

test('Envoys that come are listed with what they have', { skip: noBrowser() }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-dashboard-'));
  const manifests = [
    build.gatewayClass,
    build.gateway('eg', [build.listener('http', 28_630)]),
    build.service(),
    build.slice('backend-1', 'backend', [{ addresses: ['127.0.0.1'] }]),
    build.httpRoute('shop', [build.rule('/')]),
  ];
  writeFileSync(join(folder, 'all.yaml'), build.render(manifests));
  const server = await ServeProcess.start('127.0.0.1:0', ['-f', folder, '--dashboard', '127.0.0.1:0']);
  const browser = await TestBrowser.start();
  const url = /^dashboard (\S+)$/m.exec(server.out)?.[1] ?? '';
  const { page, errors } = await browser.open(url);
  await page.getByText('no Envoy has come').waitFor(SLOW);
  const edge = await startEdge('edge-1', [server.address], ['--gateway', 'default/eg', '--zone', 'north']);
  try {
    await page.getByRole('link', { name: 'Fleet' }).click();
    const row = page.getByRole('row', { name: 'edge-1' });
    await row.getByText('has what is served').waitFor(SLOW);
    await row.getByText('default/eg').waitFor(SLOW);
    await page.getByRole('link', { name: 'Now' }).click();
    await page.getByRole('button', { name: 'httproute/default/shop/rule/0' }).waitFor(SLOW);
    await page.getByText('LeastRequest').first().waitFor(SLOW);
    assert.deepEqual(errors, []);
  } finally {
    await edge.stop();
    await browser.stop();
    await server.end();
    rmSync(folder, { recursive: true, force: true });
  }
});
