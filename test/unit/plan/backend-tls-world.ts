/** Manifests of TLS to backends, and what is asked of their plan. */
import { authority, authorityMap } from '../../support/certificates.ts';
import { backendTlsPolicy, type Manifest, type World } from './world.ts';

export const ca = authority();
export const caRef = { group: '', kind: 'ConfigMap', name: 'ca' };
export const caMap = authorityMap('ca', ca);
export const tlsPolicy = (
  name: string,
  targets: Manifest | Manifest[] = { group: '', kind: 'Service', name: 'backend' },
  validation: Manifest = {},
  metadata: Manifest = {},
): Manifest => backendTlsPolicy(name, targets, validation, metadata);
export const onBackend = (name: string, sectionName?: string): Manifest => ({
  group: 'gateway.envoyproxy.io',
  kind: 'Backend',
  name,
  ...(sectionName === undefined ? {} : { sectionName }),
});
export const endpoints = (...ports: number[]) => ports.map((port) => ({ ip: { address: '10.0.0.9', port } }));
/** The TLS of the first locality of a pool. */
export const tlsOf = (w: World, name = 'httproute/default/r/rule/0') => w.pool(name).localities[0]?.tls;
export const answerOf = (w: World, name = 'r/0') => {
  const { action } = w.route(name);
  return action.kind === 'respond' ? `${action.status} ${action.because}` : action.kind;
};
export const words = (w: World, name: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(w.conditions('BackendTLSPolicy', name)).map(([type, { status, reason, message }]) => [
      type,
      `${status} ${reason}: ${message}`,
    ]),
  );
/** A ConfigMap with this data. */
export const text = (data: Manifest): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'ca' },
  data,
});
