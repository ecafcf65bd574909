/** A socket for a server of Envoys, for all tests of a file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/** Where it may listen: in a folder that is gone after the last test. Called at the top of the file. */
export function socketPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-socket-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'xds.sock');
}
