/** TCPRoute: connections as a whole, passed on as they are. */
import {
  type Ask,
  ask,
  connectionRoute,
  gateway,
  grant,
  listener,
  type Manifest,
  ref,
  type Trial,
} from '../words.ts';

const tcp = (name: string, port: number): Manifest =>
  listener(name, port, { protocol: 'TCP', allowedRoutes: { kinds: [{ kind: 'TCPRoute' }] } });
const at = (name: string, more: Manifest = {}) => ({ parentRefs: [{ name, ...more }] });
const plain = (name: string, more: Manifest = {}) => [ref(name, { port: 8080, ...more })];
const tcpRoute = (name: string, backends: readonly Manifest[], spec: Manifest, metadata: Manifest = {}) =>
  connectionRoute('TCPRoute', name, backends, spec, metadata);
/** The port of the first TCP listener; others follow. */
const PORT = 9300;
const overTcp = (gets: Ask['gets'], port = PORT): Ask => ask('/', gets, { gateway: 'tcp', port });
const tcpTrial = (name: string, one: Omit<Trial, 'name'>): Trial => ({
  name,
  extended: ['TCPRoute'],
  ...one,
});
const FROM = (kind: string) => ({ group: 'gateway.networking.k8s.io', kind, namespace: 'stage' });

export const tcpRoutes: readonly Trial[] = [
  tcpTrial('TCPRouteInvalidBackendRefNonexistent', {
    manifests: [gateway('tcp', [tcp('tcp', PORT)]), tcpRoute('lost', plain('missing'), at('tcp'))],
    states: { 'TCPRoute lost': ['ResolvedRefs=False BackendNotFound'] },
  }),
  tcpTrial('TCPRouteInvalidCrossNamespaceBackendRef', {
    manifests: [
      gateway('tcp', [tcp('tcp', PORT)]),
      tcpRoute('lost', plain('web', { namespace: 'web' }), at('tcp')),
    ],
    states: { 'TCPRoute lost': ['Accepted=True', 'ResolvedRefs=False RefNotPermitted'] },
  }),
  tcpTrial('TCPRouteInvalidNonTCPListener', {
    manifests: [
      gateway('tcp', [listener('http', 5300, { allowedRoutes: { kinds: [{ kind: 'HTTPRoute' }] } })]),
      tcpRoute('other', plain('first'), at('tcp', { sectionName: 'http' })),
    ],
    states: {
      'TCPRoute other': ['Accepted=False NotAllowedByListeners'],
      'Gateway tcp/http': ['attachedRoutes=0'],
    },
  }),
  tcpTrial('TCPRouteMultipleRoutesAttachment', {
    manifests: [
      gateway('tcp', [tcp('tcp', PORT)]),
      tcpRoute('older', plain('first'), at('tcp'), { creationTimestamp: '2024-01-01T00:00:00Z' }),
      tcpRoute('newer', plain('second'), at('tcp'), { creationTimestamp: '2024-01-02T00:00:00Z' }),
    ],
    asks: Array.from({ length: 20 }, () => overTcp('first')),
    states: {
      'TCPRoute older': ['Accepted=True Accepted'],
      'TCPRoute newer': ['Accepted=True Accepted'],
      'Gateway tcp/tcp': ['Accepted=True Accepted', 'attachedRoutes=2', 'kinds=TCPRoute'],
    },
  }),
  tcpTrial('TCPRouteParentRefAttachAll', {
    manifests: [
      gateway(
        'tcp',
        [0, 1, 2, 3].map((i) => tcp(`l${i}`, PORT + i)),
      ),
      tcpRoute('all', plain('first'), at('tcp')),
    ],
    asks: [0, 1, 2, 3].map((i) => overTcp('first', PORT + i)),
  }),
  tcpTrial('TCPRouteParentRefPortAndSectionName', {
    manifests: [
      gateway(
        'tcp',
        [0, 1, 2].map((i) => tcp(`l${i}`, PORT + i)),
      ),
      tcpRoute('by-port', plain('first'), at('tcp', { port: PORT })),
      tcpRoute('by-name', plain('second'), at('tcp', { sectionName: 'l1' })),
      tcpRoute('by-both', plain('third'), at('tcp', { sectionName: 'l2', port: PORT + 2 })),
    ],
    asks: ['first', 'second', 'third'].map((name, i) => overTcp(name, PORT + i)),
  }),
  tcpTrial('TCPRouteReferenceGrant', {
    manifests: [
      gateway('tcp', [tcp('tcp', PORT)]),
      grant('web', 'web', FROM('TCPRoute'), { group: '', kind: 'Service', name: 'web' }),
      tcpRoute('across', plain('web', { namespace: 'web' }), at('tcp')),
    ],
    asks: [overTcp('web')],
    later: {
      manifests: [
        gateway('tcp', [tcp('tcp', PORT)]),
        tcpRoute('across', plain('web', { namespace: 'web' }), at('tcp')),
      ],
      states: { 'TCPRoute across': ['ResolvedRefs=False RefNotPermitted'] },
    },
  }),
  tcpTrial('TCPRouteWeightedRouting', {
    manifests: [
      gateway('tcp', [tcp('tcp', PORT)]),
      tcpRoute(
        'weighted',
        [
          plain('first', { weight: 70 }),
          plain('second', { weight: 30 }),
          plain('third', { weight: 0 }),
        ].flat(),
        at('tcp'),
      ),
    ],
    asks: [
      ask('/', 'any', {
        gateway: 'tcp',
        port: PORT,
        shares: { first: 0.7, second: 0.3, third: 0 },
        fresh: true,
      }),
    ],
  }),
];
