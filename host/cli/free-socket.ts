/** The path of a Unix socket: left behind by a process that was killed, or in use. */
import { lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { RunError } from '../run/errors.ts';

/**
 * Removes a socket where nobody listens any more.
 * @throws {RunError} when somebody does, and when something else stands there
 */
export async function freeSocket(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new RunError(`${path} is there, and no socket`);
  const used = await new Promise<boolean>((done) => {
    const socket = connect(path, () => {
      socket.destroy();
      done(true);
    });
    socket.on('error', () => done(false));
  });
  if (used) throw new RunError(`another process listens at ${path}`);
  unlinkSync(path);
}
