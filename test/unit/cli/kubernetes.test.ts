/** `serve --kubernetes` at a fake API server: its options, and what a kubelet is told. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort } from '../../../demo/fakes/ports.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeApiServer } from '../../support/fake-api-server.ts';
import { ServeProcess } from '../../support/fleet.ts';
import { route, shop } from '../kubernetes/world.ts';
import { inFolder, run } from './run-cli.ts';

for (const [args, message] of [
  [['--write-status', '-f', '.'], /--write-status needs --kubernetes/],
  [['--kubeconfig', 'x', '-f', '.'], /--kubeconfig needs --kubernetes/],
  [['--kubernetes', '--kubeconfig', 'nowhere'], /the kubeconfig nowhere cannot be read/],
  [['--probes', 'here'], /no manifests are given/],
] as const)
  test(`refused: ${args.join(' ')}`, async () => {
    const { code, stderr } = await run(['serve', '--engine', 'native', '--listen', 'unix:/x', ...args]);
    assert.match(stderr, message);
    assert.ok(code === 2 || code === 3);
  });

test('alive from the first moment, ready when all is read; changes are followed', () =>
  inFolder(async (folder) => {
    const fake = await FakeApiServer.start();
    fake.put(...shop);
    fake.refuses.set('/secrets', 403);
    const kubeconfig = join(folder, 'config');
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        'current-context': 'a',
        contexts: [{ name: 'a', context: { cluster: 'a' } }],
        clusters: [{ name: 'a', cluster: { server: fake.url } }],
      }),
    );
    const port = await freePort();
    const status = async (path: string): Promise<number> =>
      (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    const starting = ServeProcess.start(`unix:${join(folder, 'xds.sock')}`, [
      ...['--kubernetes', '--kubeconfig', kubeconfig, '--probes', `127.0.0.1:${port}`],
    ]);
    await eventually('it lives', async () => assert.equal(await status('/healthz'), 200));
    assert.equal(await status('/readyz'), 503);
    assert.equal(await status('/status'), 404);
    await eventually('it has tried', () => assert.ok(fake.asked.some((one) => one.includes('/secrets?'))));
    fake.refuses.clear();
    const server = await starting;
    try {
      assert.equal(await status('/readyz'), 200);
      assert.match(server.err, /secrets may not be followed \(list and watch are needed\)/);
      fake.put({ ...route(), spec: { parentRefs: [{ name: 'eg' }], hostnames: ['no host'] } });
      await eventually('all is followed', () => assert.ok(fake.watching > 10));
    } finally {
      assert.equal(await server.end(), 0);
      await fake.stop();
    }
  }));
