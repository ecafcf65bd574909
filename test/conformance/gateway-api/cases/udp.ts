/** UDPRoute: datagrams, told apart by the port alone. */
import {
  type Ask,
  ask,
  connectionRoute,
  gateway,
  grant,
  listener,
  type Manifest,
  type Trial,
  to,
} from '../words.ts';

/** The port of the first UDP listener; others follow. */
const PORT = 5300;
const udp = (name: string, port = PORT): Manifest =>
  listener(name, port, { protocol: 'UDP', allowedRoutes: { kinds: [{ kind: 'UDPRoute' }] } });
const at = (more: Manifest = {}) => ({ parentRefs: [{ name: 'udp', ...more }] });
const udpRoute = (
  name: string,
  backends: readonly Manifest[],
  spec: Manifest = at(),
  metadata: Manifest = {},
) => connectionRoute('UDPRoute', name, backends, spec, metadata);
const asked = (gets: Ask['gets'], port = PORT): Ask =>
  ask('/', gets, { gateway: 'udp', port, protocol: 'udp' });
const udpTrial = (name: string, one: Omit<Trial, 'name'>): Trial => ({
  name: `UDPRoute${name}`,
  extended: ['UDPRoute'],
  ...one,
});
const four = [0, 1, 2, 3];
const elsewhere = to({ name: 'web', namespace: 'web' });

export const udpRoutes: readonly Trial[] = [
  udpTrial('', {
    manifests: [gateway('udp', [udp('udp')]), udpRoute('simple', to('first'))],
    asks: [asked('first')],
  }),
  udpTrial('InvalidBackendRefNonexistent', {
    manifests: [gateway('udp', [udp('udp')]), udpRoute('lost', to('missing'))],
    states: { 'UDPRoute lost': ['ResolvedRefs=False BackendNotFound'] },
  }),
  udpTrial('InvalidCrossNamespaceBackendRef', {
    manifests: [gateway('udp', [udp('udp')]), udpRoute('lost', elsewhere)],
    states: { 'UDPRoute lost': ['Accepted=True', 'ResolvedRefs=False RefNotPermitted'] },
  }),
  udpTrial('MultipleRoutesAttachment', {
    manifests: [
      gateway('udp', [udp('udp')]),
      udpRoute('older', to('first'), at(), { creationTimestamp: '2024-01-01T00:00:00Z' }),
      udpRoute('newer', to('second'), at(), { creationTimestamp: '2024-01-02T00:00:00Z' }),
    ],
    asks: Array.from({ length: 20 }, () => asked('first')),
    states: {
      'UDPRoute older': ['Accepted=True Accepted'],
      'UDPRoute newer': ['Accepted=True Accepted'],
      'Gateway udp/udp': ['Accepted=True Accepted', 'kinds=UDPRoute', 'attachedRoutes=2'],
    },
  }),
  udpTrial('NotAllowedByListeners', {
    manifests: [
      gateway('udp', [listener('tls', 443, { protocol: 'TLS', tls: { mode: 'Passthrough' } })]),
      udpRoute('other', to('first'), at({ sectionName: 'tls' })),
    ],
    states: {
      'UDPRoute other': ['Accepted=False NotAllowedByListeners'],
      'Gateway udp/tls': ['attachedRoutes=0'],
    },
  }),
  udpTrial('ParentRefAttachAllListeners', {
    manifests: [
      gateway(
        'udp',
        four.map((i) => udp(`l${i}`, PORT + i)),
      ),
      udpRoute('all', to('first')),
    ],
    asks: four.map((i) => asked('first', PORT + i)),
  }),
  udpTrial('ParentRefPortAndSectionName', {
    manifests: [
      gateway(
        'udp',
        [0, 1, 2].map((i) => udp(`l${i}`, PORT + i)),
      ),
      udpRoute('by-port', to('first'), at({ port: PORT })),
      udpRoute('by-name', to('second'), at({ sectionName: 'l1' })),
      udpRoute('by-both', to('third'), at({ sectionName: 'l2', port: PORT + 2 })),
    ],
    asks: ['first', 'second', 'third'].map((name, i) => asked(name, PORT + i)),
  }),
  udpTrial('ReferenceGrant', {
    manifests: [
      gateway('udp', [udp('udp')]),
      grant(
        'web',
        'web',
        { group: 'gateway.networking.k8s.io', kind: 'UDPRoute', namespace: 'stage' },
        { group: '', kind: 'Service', name: 'web' },
      ),
      udpRoute('across', elsewhere),
    ],
    asks: [asked('web')],
    later: {
      manifests: [gateway('udp', [udp('udp')]), udpRoute('across', elsewhere)],
      states: { 'UDPRoute across': ['ResolvedRefs=False RefNotPermitted'] },
    },
  }),
  udpTrial('WeightedRouting', {
    manifests: [
      gateway('udp', [udp('udp')]),
      udpRoute(
        'weighted',
        to({ name: 'first', weight: 70 }, { name: 'second', weight: 30 }, { name: 'third', weight: 0 }),
      ),
    ],
    asks: [{ ...asked('any'), shares: { first: 0.7, second: 0.3, third: 0 }, fresh: true }],
  }),
];
