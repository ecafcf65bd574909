/**
 * The demo's world in containers (`npm run demo -- --docker`): the same manifests, loads and promises, with
 * docker-compose.yml's backends and Envoys in place of processes of this machine.
 */
import { join } from 'node:path';
import { renderText } from '../host/diagnostics/render.ts';
import { emit } from '../host/envoy/emit.ts';
import { readManifests } from '../host/manifests/read.ts';
import { Admin } from '../host/run/admin.ts';
import { RunError } from '../host/run/errors.ts';
import { translate } from '../host/translate.ts';
import type { Replica } from './backends.ts';
import { type StackBackend, StackProblem, startStack, wasmInContainer } from './docker.ts';
import { demoSources } from './manifests.ts';
import { root, type World } from './world.ts';

/** The demo's backend ports; inside the network nothing else can have them. */
const ports = { backends: 3000, http2: 3001 };

/** @param cleanups Filled while starting, so that an interrupted start can be undone, too. */
export async function startDockerWorld(
  cleanups: (() => Promise<void>)[],
  say: (line: string) => void,
): Promise<World> {
  say('Docker: bringing up docker-compose.yml on a network of its own');
  const began = Date.now();
  const stack = await startStack({
    root,
    project: `loadstar-demo-${process.pid}`,
    config: (net) => configuration(net, 'filter'),
    nativeConfig: (net) => configuration(net, 'native'),
    onStart: (down) => cleanups.push(down),
  }).catch((error: unknown) => {
    throw error instanceof StackProblem ? new RunError(error.message) : error;
  });
  say(`Docker: four backends and two Envoys are healthy (${((Date.now() - began) / 1000).toFixed(1)} s)`);

  const twins = stack.backends.map((remote) => ({
    remote,
    http1: mirror(remote, ports.backends),
    http2: mirror(remote, ports.http2),
  }));
  const envoy = (port: number, adminPort: number) => ({
    port,
    envoy: { admin: new Admin({ address: '127.0.0.1', port: adminPort }) },
  });
  return {
    backends: twins.map(({ http1 }) => http1),
    http2: twins.map(({ http2 }) => http2),
    filter: envoy(stack.port, stack.adminPort),
    native: envoy(stack.native!.port, stack.native!.adminPort),
    pull: async () => {
      for (const { remote, http1, http2 } of twins) {
        for (const [key, count] of await remote.counts()) {
          http1.hits.set(key, count);
          http2.hits.set(key, count);
        }
      }
    },
    push: async () => {
      for (const { remote, http1, http2 } of twins) {
        for (const [path, { form, cpu }] of http1.reports)
          await remote.report(path, { headers: form(cpu) }, 'http1');
        for (const [path, { form, cpu }] of http2.reports)
          await remote.report(path, { trailers: form(cpu) }, 'http2');
      }
    },
  };
}

/** What the demo reads and sets of a backend; World.pull and push keep the two sides equal. */
const mirror = (remote: StackBackend, port: number): Replica => ({
  address: remote.host.split(':')[0]!,
  port,
  hits: new Map(),
  reports: new Map(),
  stop: async () => {},
});

/** The demo's manifests on the network `net`, for an Envoy in a container. */
async function configuration(net: string, engine: 'filter' | 'native'): Promise<string> {
  const written = await readManifests([join(root, 'envoy', 'demo', 'manifests')], async () => '');
  const sources = demoSources(written.sources, ports).map(({ file, text }) => ({
    file,
    text: text.replaceAll('127.0.0.1', `${net}.1`),
  }));
  const admin = { address: '0.0.0.0', port: 9901 };
  const options = { engine, wasm: wasmInContainer, admin, strict: false };
  const { bootstrap, diagnostics, refused } = translate(sources, options, written.diagnostics);
  if (refused) {
    const text = renderText(diagnostics, { color: false });
    throw new RunError(`the demo's manifests are refused:\n${text}`);
  }
  return emit(bootstrap, 'yaml');
}
