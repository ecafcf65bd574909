/** TLSRoute: connections by server name, passed on as they are or after TLS ended here. */
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

const tls = (name: string, hostname: string | undefined, mode: string, more: Manifest = {}): Manifest =>
  listener(name, 8443, {
    protocol: 'TLS',
    ...(hostname === undefined ? {} : { hostname }),
    tls: {
      mode,
      ...(mode === 'Terminate' ? { certificateRefs: [{ kind: 'Secret', name: 'served' }] } : {}),
    },
    allowedRoutes: { namespaces: { from: 'Same' }, kinds: [{ kind: 'TLSRoute' }] },
    ...more,
  });
const at = (name: string, more: Manifest = {}) => ({ parentRefs: [{ name, ...more }] });
const plain = (name: string, more: Manifest = {}) => [ref(name, { port: 8080, ...more })];
const locked = (name = 'locked', more: Manifest = {}) => [ref(name, { port: 443, ...more })];
const tlsRoute = (
  name: string,
  hostnames: readonly string[],
  backends: readonly Manifest[],
  spec: Manifest,
) => connectionRoute('TLSRoute', name, backends, { ...spec, hostnames });

/** By server name; the backend's own certificate is verified where TLS passes through. */
const overTls = (name: string, gets: Ask['gets'], more: Partial<Ask> = {}): Ask =>
  ask('/', gets, { tls: name, host: name, gateway: 'tls', port: 8443, ...more });

const FROM = (kind: string) => ({ group: 'gateway.networking.k8s.io', kind, namespace: 'stage' });

const wrongGrants = (
  [
    ['place', {}, {}, 'stage'],
    ['from-group', { group: 'other.example' }, {}, 'apps'],
    ['from-kind', { kind: 'Gateway' }, {}, 'apps'],
    ['from-namespace', { namespace: 'elsewhere' }, {}, 'apps'],
    ['to-group', {}, { group: 'other.example' }, 'apps'],
    ['to-kind', {}, { kind: 'Secret' }, 'apps'],
    ['to-name', {}, { name: 'another' }, 'apps'],
  ] as const
).map(([name, from, target, place]) =>
  grant(
    name,
    place,
    { ...FROM('TLSRoute'), ...from },
    { group: '', kind: 'Service', name: 'locked', ...target },
  ),
);
/** A passed connection whose only backend cannot be had. */
const lost = (name: string, backend: Manifest, reason: string): Trial => ({
  name,
  manifests: [
    gateway('tls', [tls('any', undefined, 'Passthrough')]),
    tlsRoute('lost', ['locked.test'], [backend], at('tls')),
  ],
  asks: [overTls('locked.test', 'closed')],
  states: { 'TLSRoute lost': ['Accepted=True', `ResolvedRefs=False ${reason}`] },
});

export const tlsRoutes: readonly Trial[] = [
  {
    name: 'TLSRouteSimpleSameNamespace',
    manifests: [
      gateway('tls', [tls('wild', '*.test', 'Passthrough')]),
      tlsRoute('passed', ['locked.test'], locked(), at('tls')),
    ],
    asks: [overTls('locked.test', 'locked', { answers: { headers: { 'x-sni': 'locked.test' } } })],
  },
  {
    name: 'TLSRouteTerminateSimpleSameNamespace',
    extended: ['TLSRouteModeTerminate'],
    manifests: [
      gateway('tls', [tls('ended', 'shop.test', 'Terminate')]),
      tlsRoute('ended', ['shop.test'], plain('first'), at('tls')),
    ],
    asks: [overTls('shop.test', 'first')],
  },
  {
    name: 'TLSRouteMixedTerminationSameNamespace',
    extended: ['TLSRouteModeTerminate', 'TLSRouteModeMixed'],
    manifests: [
      gateway('tls', [tls('ended', 'shop.test', 'Terminate'), tls('passed', 'locked.test', 'Passthrough')]),
      tlsRoute('ended', ['shop.test'], plain('first'), at('tls')),
      tlsRoute('passed', ['locked.test'], locked(), at('tls')),
    ],
    asks: [overTls('shop.test', 'first'), overTls('locked.test', 'locked')],
    states: Object.fromEntries(
      ['ended', 'passed'].map((name) => [
        `Gateway tls/${name}`,
        ['Accepted=True Accepted', 'kinds=TLSRoute', 'attachedRoutes=1'],
      ]),
    ),
  },
  {
    name: 'TLSRouteHostnameIntersection',
    manifests: (
      [
        ['exact', 'locked.test', [['*.test', 'locked']]],
        [
          'wild',
          '*.locked.test',
          [
            ['other.locked.test', 'locked'],
            ['*.test', 'locked-two'],
          ],
        ],
        [
          'wider',
          '*.test',
          [
            ['locked.test', 'locked'],
            ['*.locked.test', 'locked-two'],
          ],
        ],
        [
          'any',
          undefined,
          [
            ['locked.test', 'locked'],
            ['*.test', 'locked-two'],
          ],
        ],
      ] as const
    ).flatMap(([name, hostname, routes]) => [
      gateway(name, [tls('tls', hostname, 'Passthrough')]),
      ...routes.map(([host, backend], i) => tlsRoute(`${name}-${i}`, [host], locked(backend), at(name))),
    ]),
    asks: [
      overTls('locked.test', 'locked', { gateway: 'exact' }),
      overTls('other.locked.test', 'closed', { gateway: 'exact' }),
      overTls('other.locked.test', 'locked', { gateway: 'wild' }),
      overTls('nowhere.test', 'closed', { gateway: 'wild' }),
      overTls('locked.test', 'locked', { gateway: 'wider' }),
      overTls('other.locked.test', 'locked-two', { gateway: 'wider' }),
      overTls('nowhere.example', 'closed', { gateway: 'wider' }),
      overTls('locked.test', 'locked', { gateway: 'any' }),
      overTls('other.locked.test', 'locked-two', { gateway: 'any' }),
      overTls('nowhere.example', 'closed', { gateway: 'any' }),
    ],
  },
  lost('TLSRouteInvalidBackendRefNonexistent', ref('missing', { port: 443 }), 'BackendNotFound'),
  lost(
    'TLSRouteInvalidBackendRefUnknownKind',
    ref('locked', { group: 'other.example', kind: 'Odd', port: 443 }),
    'InvalidKind',
  ),
  {
    name: 'TLSRouteInvalidReferenceGrant',
    manifests: [
      ...wrongGrants,
      gateway('tls', [tls('wild', '*.test', 'Passthrough')]),
      tlsRoute('lost', ['locked.test'], locked('locked', { namespace: 'apps' }), at('tls')),
    ],
    states: { 'TLSRoute lost': ['Accepted=True', 'ResolvedRefs=False RefNotPermitted'] },
  },
  {
    name: 'TLSRouteInvalidNoMatchingListenerHostname',
    manifests: [
      gateway('exact', [tls('tls', 'www.shop.test', 'Passthrough')]),
      gateway('wild', [tls('tls', '*.shop.test', 'Passthrough')]),
      tlsRoute('one', ['www.other.test', '*.other.test'], locked(), at('exact')),
      tlsRoute('two', ['www.else.test', '*.else.test'], locked(), at('wild')),
    ],
    states: {
      'TLSRoute one': ['Accepted=False NoMatchingListenerHostname'],
      'TLSRoute two': ['Accepted=False NoMatchingListenerHostname'],
      'Gateway exact/tls': ['attachedRoutes=0'],
      'Gateway wild/tls': ['attachedRoutes=0'],
    },
  },
  {
    name: 'TLSRouteInvalidNoMatchingListener',
    manifests: [
      gateway('tls', [tls('passed', undefined, 'Passthrough')]),
      gateway('http', [listener('http', 80)]),
      gateway('https', [
        listener('https', 443, {
          protocol: 'HTTPS',
          tls: { certificateRefs: [{ kind: 'Secret', name: 'served' }] },
        }),
      ]),
      ...['http', 'https'].map((name) => tlsRoute(`at-${name}`, ['locked.test'], locked(), at(name))),
      tlsRoute('nowhere', ['locked.test'], locked(), at('tls', { sectionName: 'missing' })),
    ],
    states: {
      'TLSRoute at-http': ['Accepted=False NotAllowedByListeners'],
      'TLSRoute at-https': ['Accepted=False NotAllowedByListeners'],
      'TLSRoute nowhere': ['Accepted=False NoMatchingParent'],
      'Gateway http/http': ['attachedRoutes=0'],
      'Gateway https/https': ['attachedRoutes=0'],
    },
  },
  {
    name: 'TLSRouteListenerPassthroughSupportedKinds',
    manifests: [
      gateway('tls', [
        tls('passed', undefined, 'Passthrough', {
          allowedRoutes: {
            namespaces: { from: 'Same' },
            kinds: [{ kind: 'TCPRoute' }, { kind: 'TLSRoute' }],
          },
        }),
      ]),
    ],
    states: {
      'Gateway tls/passed': ['ResolvedRefs=False InvalidRouteKinds', 'kinds=TLSRoute', 'attachedRoutes=0'],
    },
  },
  {
    name: 'TLSRouteListenerTerminateSupportedKinds',
    extended: ['TLSRouteModeTerminate'],
    manifests: [gateway('tls', [tls('ended', 'shop.test', 'Terminate')])],
    states: { 'Gateway tls/ended': ['Accepted=True Accepted', 'kinds=TLSRoute', 'attachedRoutes=0'] },
  },
  { name: 'TLSRouteListenerTerminateNotSupported', apart: 'cannot end TLS for a TLSRoute' },
  {
    name: 'TLSRouteListenerMixedTerminationNotSupported',
    extended: ['TLSRouteModeTerminate'],
    apart: 'cannot pass TLS on and end it on one port',
  },
  {
    name: 'BackendTLSPolicyTLSRouteTerminate',
    extended: ['TLSRouteModeTerminate', 'BackendTLSPolicy'],
    manifests: [
      gateway('tls', [tls('ended', 'shop.test', 'Terminate')]),
      tlsRoute('again', ['shop.test'], locked('locked-again'), at('tls')),
      {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'BackendTLSPolicy',
        metadata: { name: 'again', namespace: 'stage' },
        spec: {
          targetRefs: [{ group: '', kind: 'Service', name: 'locked-again', sectionName: 'tls' }],
          validation: {
            caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'authority' }],
            hostname: 'locked.test',
          },
        },
      },
    ],
    asks: [overTls('shop.test', 'locked', { answers: { headers: { 'x-sni': 'locked.test' } } })],
    states: { 'BackendTLSPolicy again': ['Accepted=True Accepted', 'ResolvedRefs=True ResolvedRefs'] },
  },
];
