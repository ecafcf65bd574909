/** Which Envoy the tests run: what host/run finds for a user too, or LOADSTAR_ENVOY where a test run shall use another. */
import { existsSync } from 'node:fs';

let found: Promise<string> | undefined;

/** Path of the binary. Throws when there is none: a test that needs Envoy fails then, it is never skipped. */
export function envoyBinary(): Promise<string> {
  found ??= find();
  return found;
}

async function find(): Promise<string> {
  const given = process.env.LOADSTAR_ENVOY;
  if (given !== undefined) {
    if (!existsSync(given)) throw new Error(`LOADSTAR_ENVOY names ${given}, which does not exist`);
    return given;
  }
  throw new Error('no Envoy: set LOADSTAR_ENVOY');
}
