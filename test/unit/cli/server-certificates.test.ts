/** What `serve` starts with is tried before it listens, and `status` says what a server with it wants. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { createServer } from 'node:tls';
import { serverCertificates } from '../../../host/cli/server-certificates.ts';
import { RunError } from '../../../host/run/errors.ts';
import { issue } from '../../support/certificates.ts';
import { inFolder, run } from './run-cli.ts';

const ca = issue({ name: 'ca', ca: true });
const server = issue({ name: 'server', dnsNames: ['xds.internal'], issuer: ca });
const other = issue({ name: 'other', issuer: ca });
const good = { cert: server.certificate, key: server.key, ca: ca.certificate };

const cases: [what: string, pems: typeof good, message: RegExp | undefined][] = [
  ['all good', good, undefined],
  ['no certificate', { ...good, cert: 'junk' }, /^--tls-cert .*cert holds no certificate in PEM$/],
  ['no key', { ...good, key: 'junk' }, /^--tls-key .*key holds no private key without a password in PEM$/],
  ['another key', { ...good, key: other.key }, /^--tls-key .*key is not the key of --tls-cert .*cert$/],
  ['no authority', { ...good, ca: 'junk' }, /^--client-ca .*ca holds no certificate in PEM$/],
];
for (const [what, pems, message] of cases) {
  test(`certificates of the server: ${what}`, () =>
    inFolder(async (folder) => {
      const path = (name: string) => join(folder, name);
      for (const [name, pem] of Object.entries(pems)) writeFileSync(path(name), pem);
      const read = () =>
        serverCertificates({ 'tls-cert': path('cert'), 'tls-key': path('key'), 'client-ca': path('ca') });
      if (message === undefined) assert.equal(read().clientCa.toString(), ca.certificate);
      else
        assert.throws(read, (error) => error instanceof RunError && message.test((error as Error).message));
    }));
}

test('status in plain text of a server with certificates: what is missing is named', async () => {
  const listening = createServer({ cert: server.certificate, key: server.key }).listen(0, '127.0.0.1');
  await new Promise((done) => listening.on('listening', done));
  const { port } = listening.address() as AddressInfo;
  try {
    const { code, stderr } = await run(['status', '--server', `127.0.0.1:${port}`]);
    assert.equal(code, 3);
    assert.match(stderr, /a server with certificates wants --tls-ca, --tls-cert and --tls-key$/m);
  } finally {
    listening.close();
  }
});
