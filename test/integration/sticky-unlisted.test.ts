/**
 * Sticky until hot where the filter is told no hosts: a Backend with a name, whose hosts another control
 * plane gives Envoy (EDS from a file here), and changes behind the filter's back.
 */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { Envoy } from '../support/envoy.ts';
import { consistentHash, gateway, httpRoute, type Manifest, policy, untilHot } from '../support/manifests.ts';
import { translate } from '../support/translate.ts';
import { comeAndGo, givesAndTakes } from '../support/unlisted.ts';

const CLUSTER = 'httproute/default/app/rule/0';
const folder = mkdtempSync(join(tmpdir(), 'loadstar-eds-'));
const file = join(folder, 'hosts.json');
let backends: Backend[] = [];
let envoy: Envoy;

const named: Manifest = {
  apiVersion: 'gateway.envoyproxy.io/v1alpha1',
  kind: 'Backend',
  metadata: { name: 'named', namespace: 'default' },
  spec: { endpoints: [{ fqdn: { hostname: 'app.example.com', port: 3000 } }] },
};
const byUser = consistentHash({ type: 'Headers', headers: [{ name: 'x-user' }], tableSize: 1021 });
const sticky = untilHot(policy('app', byUser));

/** Envoy reads the file again when another takes its place. */
function serve(hosts: readonly Backend[]): void {
  const endpoint = ({ host }: Backend) => {
    const [address, port] = host.split(':');
    return { endpoint: { address: { socket_address: { address, port_value: Number(port) } } } };
  };
  const assignment = {
    '@type': 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
    cluster_name: CLUSTER,
    endpoints: [{ lb_endpoints: hosts.map(endpoint) }],
  };
  writeFileSync(`${file}.new`, JSON.stringify({ resources: [assignment] }));
  renameSync(`${file}.new`, file);
}

before(async () => {
  backends = await startBackends([1, 2, 3, 4, 5].map((n) => `127.0.0.${60 + n}`));
  serve(backends.slice(0, 4));
  const route = httpRoute({ name: 'app' });
  const rules = [
    { backendRefs: [{ group: 'gateway.envoyproxy.io', kind: 'Backend', name: 'named', port: 3000 }] },
  ];
  const bootstrap = await translate(
    [...gateway(), named, { ...route, spec: { ...(route.spec as object), rules } }, sticky],
    'filter',
  );
  const { clusters } = bootstrap.static_resources as { clusters: Record<string, unknown>[] };
  const cluster = clusters.find(({ name }) => name === CLUSTER)!;
  for (const field of ['load_assignment', 'dns_lookup_family', 'dns_refresh_rate', 'respect_dns_ttl'])
    delete cluster[field];
  delete cluster.cluster_type;
  cluster.type = 'EDS';
  cluster.eds_cluster_config = {
    eds_config: { path_config_source: { path: file }, resource_api_version: 'V3' },
  };
  envoy = await Envoy.start(bootstrap);
});
after(async () => {
  await envoy?.stop();
  await stopAll(backends);
  rmSync(folder, { recursive: true });
});

const world = () => ({ envoy, cluster: CLUSTER, backends, serve });

test('hosts are learnt; a hot one gives keys away, others none, and gets them back', () =>
  givesAndTakes(world()));

test('hosts change behind its back: nothing fails, the new one serves, the old one is forgotten', () =>
  comeAndGo(world()));
