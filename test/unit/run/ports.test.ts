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

test('two of ours in one place are told apart from another process', async () => {
  const wanted = [
    { address: '0.0.0.0', port: 1, what: 'listener a' },
    { address: '127.0.0.1', port: 1, what: 'admin' },
    { address: '127.0.0.1', port: 0, what: 'b' },
    { address: '127.0.0.1', port: 0, what: 'c' },
  ];
  const [, clash, ...rest] = [
    '',
    ...(await takenPorts(wanted)).filter((text) => !text.includes('this user')),
  ];
  assert.deepEqual([clash, rest], ['127.0.0.1:1 (admin) is what listener a listens on', []]);
});

test('an address of another machine is told apart', async () => {
  const [text] = await takenPorts([{ address: '192.0.2.1', port: 1, what: 'admin' }]);
  assert.equal(text, '192.0.2.1:1 (admin) is no address of this machine');
});
