/** HTTPS listeners with certificates, and what is asked of their status. */
import assert from 'node:assert/strict';
import { authority, issue } from '../../support/certificates.ts';
import { gateway, gatewayClass, listener, type Manifest, upstream, type World, world } from './world.ts';

export const ca = authority();
export const shop = issue({ name: 'shop', dnsNames: ['shop.example.com'], issuer: ca });
export const wild = issue({ name: 'wild', dnsNames: ['*.example.com'], issuer: ca });

export const https = (name: string, secret: string | Manifest | Manifest[], rest: Manifest = {}): Manifest =>
  listener(name, 443, {
    protocol: 'HTTPS',
    tls: { certificateRefs: [secret].flat().map((ref) => (typeof ref === 'string' ? { name: ref } : ref)) },
    ...rest,
  });
export const serving = (secrets: Manifest[], listeners: Manifest[], ...more: Manifest[]): World =>
  world(gatewayClass, upstream, gateway('eg', listeners), ...more, ...secrets);
export function conditions(w: World, index = 0): Record<string, string> {
  const found = w.status.find(({ kind }) => kind === 'Gateway');
  assert.ok(found?.kind === 'Gateway');
  const list = found.listeners[index]?.conditions ?? [];
  return Object.fromEntries(list.map(({ type, status, reason }) => [type, `${status} ${reason}`]));
}
export const messageOf = (w: World, type: string, index = 0): string => {
  const found = w.status.find(({ kind }) => kind === 'Gateway');
  assert.ok(found?.kind === 'Gateway');
  return found.listeners[index]?.conditions.find((one) => one.type === type)?.message ?? '';
};
