/** Listeners of protocol TCP and TLS with their routes, and what is asked of their plan. */
import type { Listener } from '../../../host/plan/types.ts';
import { authority, issue, tlsSecret } from '../../support/certificates.ts';
import {
  connectionRoute,
  gateway,
  gatewayClass,
  listener,
  type Manifest,
  upstream,
  type World,
  world,
} from './world.ts';

export const wild = issue({ name: 'wild', dnsNames: ['*.example.com'], issuer: authority() });
export const secret = tlsSecret('wild', wild);
export const certificateRefs = [{ name: 'wild' }];

export const tcp = (name: string, port = 9000, rest: Manifest = {}): Manifest =>
  listener(name, port, { protocol: 'TCP', ...rest });
export const pass = (name: string, hostname?: string, rest: Manifest = {}): Manifest =>
  listener(name, 8443, { protocol: 'TLS', hostname, tls: { mode: 'Passthrough' }, ...rest });
export const ends = (name: string, hostname?: string): Manifest =>
  pass(name, hostname, { tls: { mode: 'Terminate', certificateRefs } });
export const https = (name: string, hostname?: string): Manifest =>
  pass(name, hostname, { protocol: 'HTTPS', tls: { certificateRefs } });
export const route = (name: string, hostnames: string[], sectionName?: string, refs?: Manifest[]): Manifest =>
  connectionRoute('TLSRoute', name, refs, { hostnames, parentRefs: [{ name: 'eg', sectionName }] });
export const on = (listeners: Manifest[], ...more: Manifest[]): World =>
  world(gatewayClass, upstream, secret, gateway('eg', listeners), ...more);

/** `name: server names → pools`, of a listener. */
export const routesOf = ({ connections }: Listener): string[] =>
  (connections?.routes ?? []).map(
    ({ name, serverNames, to }) =>
      `${name}: ${serverNames.join(' ') || '*'} → ${to.map(({ pool, weight }) => `${pool} ${weight}`).join(', ')}`,
  );
export const tables = (w: World): Record<string, string[]> =>
  Object.fromEntries(w.plan.listeners.map((one) => [one.name.replace('default/eg/', ''), routesOf(one)]));
export const closedOn = (name: string, hostname = '*') => `default/eg/${name}/no-route: ${hostname} → null 1`;
export const served = (kind: string, name: string, names = '*') =>
  `${kind}/default/${name}: ${names} → ${kind}/default/${name}/rule/-1 1`;
