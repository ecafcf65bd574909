/** ListenerSet: who has a place that several want, and certificates of another namespace. */
import { gateway, grant, listener, listenerSet, type Manifest, type Trial } from '../words.ts';

const extended = ['ListenerSet'];
const FINE = ['Accepted=True', 'Programmed=True', 'ResolvedRefs=True'];
const NONE = ['Accepted=False ListenersNotValid', 'Programmed=False ListenersNotValid'];
const SOME = ['Accepted=True', 'Programmed=True Programmed'];

const open = (name: string, more: Manifest = {}): Manifest =>
  listener(name, 80, { hostname: `${name}.test`, allowedRoutes: { namespaces: { from: 'All' } }, ...more });

/**
 * The Gateway has the first place, and of the sets the first by name the second; four sets want these.
 * @param later A listener that wants the place of the one with this name.
 */
function conflict(kind: 'Hostname' | 'Protocol', later: (name: string) => Manifest): Trial {
  const lost = ['Accepted=False', 'Programmed=False', 'Conflicted=True'].map(
    (one) => `${one} ${kind}Conflict`,
  );
  return {
    name: `ListenerSet${kind}Conflict`,
    extended,
    manifests: [
      gateway('roof', [open('calm'), open('gateway-s')], {
        allowedListeners: { namespaces: { from: 'Same' } },
      }),
      listenerSet('after-gateway-1', 'roof', [open('calm-1'), later('gateway-s'), open('set-s')]),
      listenerSet('after-gateway-2', 'roof', [later('gateway-s')]),
      listenerSet('after-set-1', 'roof', [open('calm-2'), later('set-s')]),
      listenerSet('after-set-2', 'roof', [later('set-s')]),
    ],
    states: {
      'Gateway roof': ['Accepted=True', 'sets=2'],
      'Gateway roof/calm': FINE,
      'Gateway roof/gateway-s': FINE,
      'ListenerSet after-gateway-1': SOME,
      'ListenerSet after-gateway-1/calm-1': FINE,
      'ListenerSet after-gateway-1/gateway-s': lost,
      'ListenerSet after-gateway-1/set-s': FINE,
      'ListenerSet after-gateway-2': NONE,
      'ListenerSet after-gateway-2/gateway-s': lost,
      'ListenerSet after-set-1': SOME,
      'ListenerSet after-set-1/calm-2': FINE,
      'ListenerSet after-set-1/set-s': lost,
      'ListenerSet after-set-2': NONE,
      'ListenerSet after-set-2/set-s': lost,
    },
  };
}

const secure = (name: string): Manifest =>
  listener(name, 443, {
    protocol: 'HTTPS',
    hostname: `${name}.wild.test`,
    allowedRoutes: { namespaces: { from: 'All' } },
    tls: { certificateRefs: [{ group: '', kind: 'Secret', name: 'served', namespace: 'web' }] },
  });
const from = (kind: string): Manifest => ({ group: 'gateway.networking.k8s.io', kind, namespace: 'stage' });
const SECRET = { group: '', kind: 'Secret' };

export const listenerSetConflicts: readonly Trial[] = [
  conflict('Hostname', (name) => open(name)),
  conflict('Protocol', (name) =>
    listener(name, 80, { protocol: 'TCP', allowedRoutes: { namespaces: { from: 'All' } } }),
  ),
  {
    name: 'ListenerSetReferenceGrant',
    extended,
    manifests: [
      gateway('roof', [secure('own')], { allowedListeners: { namespaces: { from: 'All' } } }),
      grant('for-gateways', 'web', from('Gateway'), SECRET),
      grant('for-sets', 'web', from('ListenerSet'), SECRET),
      listenerSet('granted', 'roof', [secure('first')]),
      listenerSet('denied', 'roof', [secure('second')], 'apps'),
    ],
    states: {
      'Gateway roof': ['Accepted=True'],
      'ListenerSet granted': ['Accepted=True', 'Programmed=True'],
      'ListenerSet granted/first': ['ResolvedRefs=True'],
      'ListenerSet denied': NONE,
      'ListenerSet denied/second': ['ResolvedRefs=False RefNotPermitted'],
    },
  },
];
