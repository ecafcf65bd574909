/** Listeners with ClientTrafficPolicies, and what holds on each. */
import assert from 'node:assert/strict';
import { authority, issue, tlsSecret } from '../../support/certificates.ts';
import { clientPolicy } from '../../support/manifests.ts';
import {
  gateway,
  gatewayClass,
  httpRoute,
  listener,
  type Manifest,
  upstream,
  type World,
  world,
} from './world.ts';

export const shop = tlsSecret('shop', issue({ name: 'shop', dnsNames: ['a.example.com', 'b.example.com'] }));
export const https = (name: string, hostname: string): Manifest =>
  listener(name, 443, { protocol: 'HTTPS', hostname, tls: { certificateRefs: [{ name: 'shop' }] } });
export const two = [listener('one', 8080), listener('two', 8081)];
export const withListeners = (listeners: Manifest[], ...more: Manifest[]): World =>
  world(
    gatewayClass,
    upstream,
    gateway('eg', listeners),
    httpRoute('r', undefined, { hostnames: undefined }),
    shop,
    ...more,
  );
/** By listener: whose policy holds; 'closed' where its requests answer 500. */
export const held = (w: World): Record<string, string | undefined> =>
  Object.fromEntries(
    w.plan.listeners.map(({ name, clients, virtualHosts }) => [
      name.replace('default/', ''),
      virtualHosts.some(({ routes }) =>
        routes.some(({ action }) => action.kind === 'respond' && action.status === 500),
      )
        ? 'closed'
        : clients?.policy.name,
    ]),
  );
export const conditionsOf = (w: World, name = 'clients'): Record<string, string>[] => {
  const found = w.status.find((one) => one.kind === 'ClientTrafficPolicy' && one.name === name);
  assert.ok(found !== undefined && 'ancestors' in found);
  return found.ancestors.map(({ conditions }) =>
    Object.fromEntries(
      conditions.map(({ type, status, reason, message }) => [type, `${status} ${reason}: ${message}`]),
    ),
  );
};
export const ACCEPTED = { Accepted: 'True Accepted: Policy has been accepted.' };
export const keepalive = { tcpKeepalive: {} };
export const authorityRefs = (...more: Manifest[]) => ({
  caCertificateRefs: [{ kind: 'ConfigMap', name: 'ca' }, ...more],
});
export const ca = authority();
export const validating = (validation: Manifest, ...more: Manifest[]): World =>
  withListeners(
    [https('a', 'a.example.com')],
    clientPolicy({ tls: { clientValidation: validation } }),
    ...more,
  );
