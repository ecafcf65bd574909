/**
 * Envoy Gateway's own translator as judge: manifests and what is exported go in, and what comes out becomes a
 * static configuration, changed only in what a control plane would serve: routes inlined, endpoints in place.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import type { Issued } from '../support/certificates.ts';
import type { Bootstrap } from '../support/envoy.ts';

const egctl = resolve(import.meta.dirname, '../../.cache/go/bin/egctl');

interface Named {
  readonly '@type'?: string;
  readonly name: string;
}
type Dump = Readonly<Record<string, never>> & { readonly '@type': string };

/** @returns what egctl printed, with the status of each resource. */
export function judged(...texts: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-egctl-'));
  try {
    const file = join(folder, 'all.yaml');
    writeFileSync(file, texts.filter((text) => text !== '').join('\n---\n'));
    const args = ['x', 'translate', '--from', 'gateway-api', '--to', 'gateway-api,xds', '--type', 'all'];
    const { stdout, stderr, error } = spawnSync(egctl, [...args, '--output', 'yaml', '--file', file], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      timeout: 120_000,
    });
    if (error !== undefined) throw error;
    if (stdout === '') throw new Error(stderr);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * As an Envoy would have it from Envoy Gateway.
 * @param shown The certificate of listeners with TLS, which is not printed.
 */
export function staticOf(printed: string, shown?: Issued): Bootstrap {
  const { configs } = Object.values(parse(printed).xds)[0] as { configs: Dump[] };
  // biome-ignore lint/suspicious/noExplicitAny: a dump of Envoy's, in JSON's own names
  const of = (type: string): any => configs.find((one) => one['@type'].endsWith(type)) ?? {};
  const plain = <T extends Named>({ '@type': _, ...rest }: T) => rest;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const list = (type: string, member: string): any[] => of(type)[member] ?? [];
  const routes = new Map(
    list('RoutesConfigDump', 'dynamicRouteConfigs').map(({ routeConfig }) => [
      routeConfig.name,
      plain(routeConfig),
    ]),
  );
  const endpoints = new Map(
    list('EndpointsConfigDump', 'dynamicEndpointConfigs').map(({ endpointConfig }) => [
      endpointConfig.clusterName,
      plain(endpointConfig),
    ]),
  );
  const listeners = list('ListenersConfigDump', 'dynamicListeners')
    .map(({ activeState }) => plain(activeState.listener))
    .filter(({ name }) => !name.startsWith('envoy-gateway-proxy'))
    .map(({ accessLog: _, ...listener }) => withCertificate(withRoutes(listener, routes), shown));
  const clusters = list('ClustersConfigDump', 'dynamicActiveClusters').map(({ cluster }) => {
    const { edsClusterConfig, ...rest } = plain(cluster) as { edsClusterConfig?: { serviceName: string } };
    if (edsClusterConfig === undefined) return rest;
    return { ...rest, type: 'STATIC', loadAssignment: endpoints.get(edsClusterConfig.serviceName) };
  });
  return { node: { id: 'judge', cluster: 'judge' }, static_resources: { listeners, clusters } } as Bootstrap;
}

// biome-ignore lint/suspicious/noExplicitAny: as above
function withCertificate(listener: any, shown: Issued | undefined) {
  for (const { transportSocket } of listener.filterChains ?? []) {
    const common = transportSocket?.typedConfig?.commonTlsContext;
    if (common === undefined || shown === undefined) continue;
    delete common.tlsCertificateSdsSecretConfigs;
    const inline = (text: string) => ({ inlineString: text });
    common.tlsCertificates = [{ certificateChain: inline(shown.certificate), privateKey: inline(shown.key) }];
  }
  return listener;
}

// biome-ignore lint/suspicious/noExplicitAny: as above
function withRoutes(listener: any, routes: ReadonlyMap<string, unknown>) {
  listener.address = { socket_address: { address: '127.0.0.1', port_value: 0 } };
  for (const chain of [...(listener.filterChains ?? []), listener.defaultFilterChain])
    for (const { typedConfig } of chain?.filters ?? []) {
      delete typedConfig.accessLog;
      if (typedConfig.rds === undefined) continue;
      typedConfig.routeConfig = routes.get(typedConfig.rds.routeConfigName);
      delete typedConfig.rds;
    }
  return listener;
}
