/** Ports that are taken are found before Envoy shares them. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { takenPorts } from '../../../host/run/ports.ts';

test('a port in use is named with what wanted it; a free one and 0 are not', async () => {
  const server = createServer();
  const port = await new Promise<number>((done) => {
    server.listen(0, '127.0.0.1', () => done((server.address() as { port: number }).port));
  });
  const wanted = { address: '127.0.0.1', port, what: 'listener default/eg/http' };
  assert.deepEqual(await takenPorts([wanted, { ...wanted, port: 0 }]), [
    `127.0.0.1:${port} (listener default/eg/http) is in use by another process`,
  ]);
  await new Promise((done) => server.close(done));
  assert.deepEqual(await takenPorts([wanted]), []);
});

test('an address of another machine is told apart', async () => {
  const [text] = await takenPorts([{ address: '192.0.2.1', port: 1, what: 'admin' }]);
  assert.equal(text, '192.0.2.1:1 (admin) is no address of this machine');
});
