/**
 * Which of many routes a real Envoy takes, each by itself: every route stands in a listener of its own, the
 * listeners come from a file (LDS), and Envoy leaves out those that it refuses. One start answers for
 * thousands.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RUNTIME } from '../../host/envoy/bootstrap.ts';
import { Admin } from './admin.ts';
import { envoyBinary } from './binary.ts';
import { eventually } from './eventually.ts';

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const ROUTER = 'envoy.extensions.filters.http.router.v3.Router';
const typed = (type: string) => ({ '@type': `type.googleapis.com/${type}` });

/** By position: true when Envoy takes it. @param routes config.route.v3.Route as JSON. */
export async function takenRoutes(routes: readonly object[]): Promise<boolean[]> {
  const binary = await envoyBinary();
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-taken-'));
  const [config, listeners, address] = ['envoy.json', 'listeners.json', 'admin'].map((n) => join(folder, n));
  writeFileSync(listeners!, JSON.stringify({ resources: routes.map(listener) }));
  const source = { path_config_source: { path: listeners } };
  writeFileSync(
    config!,
    JSON.stringify({
      node: { id: 'taken', cluster: 'taken' },
      admin: { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } },
      layered_runtime: { layers: [{ name: 'static', static_layer: RUNTIME }] },
      dynamic_resources: { lds_config: source },
    }),
  );
  const args = ['-c', config!, '--admin-address-path', address!, '-l', 'off', '--concurrency', '1'];
  const child = spawn(binary, [...args, '--disable-hot-restart'], { stdio: 'ignore' });
  const ended = new Promise((done) => child.once('exit', done));
  try {
    return await eventually(
      'Envoy has read the listeners',
      async () => {
        if (child.exitCode !== null) throw new Error(`Envoy ended with ${child.exitCode}`);
        if (!existsSync(address!)) throw new Error('no admin address yet');
        const admin = new Admin(Number(readFileSync(address!, 'utf8').trim().split(':').at(-1)));
        const stats = await admin.stats('listener_manager.lds.update_(success|rejected)');
        if (Object.values(stats).every((count) => count === 0)) throw new Error('not read yet');
        const { configs = [] } = JSON.parse(await admin.text('/config_dump?resource=dynamic_listeners')) as {
          configs?: { name: string; active_state?: unknown }[];
        };
        const taken = new Set(configs.filter((c) => c.active_state !== undefined).map(({ name }) => name));
        return routes.map((_, i) => taken.has(String(i)));
      },
      60_000,
    );
  } finally {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

const listener = (route: object, index: number): object => ({
  ...typed('envoy.config.listener.v3.Listener'),
  name: String(index),
  bind_to_port: false,
  address: { socket_address: { address: '127.0.0.1', port_value: 1 + (index % 65_535) } },
  filter_chains: [
    {
      filters: [
        {
          name: 'envoy.filters.network.http_connection_manager',
          typed_config: {
            ...typed(HCM),
            stat_prefix: 'taken',
            http_filters: [{ name: 'envoy.filters.http.router', typed_config: typed(ROUTER) }],
            route_config: { virtual_hosts: [{ name: 'taken', domains: ['*'], routes: [route] }] },
          },
        },
      ],
    },
  ],
});
