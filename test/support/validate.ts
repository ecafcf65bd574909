/**
 * Whether Envoy would take a configuration (`--mode validate`: it builds every listener, route, cluster and
 * wasm plugin, binds nothing). Starting Envoy is what costs, so that many bootstraps are put into one.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { envoyBinary } from './binary.ts';
import type { Bootstrap } from './envoy.ts';

/** Why Envoy refuses it; undefined: it accepts it. */
export async function envoyRefuses(bootstrap: Bootstrap): Promise<string | undefined> {
  const binary = await envoyBinary();
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-validate-'));
  const file = join(folder, 'envoy.json');
  writeFileSync(file, JSON.stringify(bootstrap));
  const args = ['--mode', 'validate', '-c', file, '--log-level', 'error'];
  try {
    return await new Promise((done) => {
      execFile(binary, args, { maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
        done(error === null ? undefined : `${error.code ?? error.signal}: ${stderr}${stdout}`),
      );
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * One bootstrap with the listeners and clusters of all; names begin with the key, so that a refusal tells
 * whose they are. The rest (admin, runtime, labels of stats) is the same for all, and taken from the first.
 */
export function joined(bootstraps: Readonly<Record<string, Bootstrap>>): Bootstrap {
  const all = Object.entries(bootstraps).map(([key, bootstrap]) => renamed(bootstrap, key));
  const listeners = all.flatMap((b) => b.static_resources?.listeners ?? []);
  const clusters = all.flatMap((b) => b.static_resources?.clusters ?? []);
  listeners.forEach(({ address }, i) => {
    if (address?.socket_address !== undefined) address.socket_address.port_value = 10_000 + i;
  });
  return { ...all[0], static_resources: { listeners, clusters } };
}

/**
 * Clusters are named `<kind>route/…`, `loadstar-local` or `ratelimit_cluster`, wherever a name stands; a
 * filter's configuration has them, too.
 */
function renamed(bootstrap: Bootstrap, key: string): Bootstrap {
  const text = JSON.stringify(bootstrap).replaceAll(
    /"((?:http|grpc|tcp|tls)route\/|loadstar-local"|ratelimit_cluster")/g,
    `"${key}/$1`,
  );
  const copy = JSON.parse(text) as Bootstrap;
  for (const listener of copy.static_resources?.listeners ?? []) listener.name = `${key}/${listener.name}`;
  return copy;
}
