/** Gateway: what its listeners ask for and cannot have, and which routes count as attached. */
import { ask, gateway, grant, listener, type Manifest, route, rule, type Trial } from '../words.ts';

const HTTP = ['Accepted=True', 'ResolvedRefs=True', 'kinds=HTTPRoute'];
const certificate = (ref: Manifest, more: Manifest = {}): Manifest =>
  listener('https', 443, {
    protocol: 'HTTPS',
    allowedRoutes: { namespaces: { from: 'All' } },
    tls: { certificateRefs: [{ group: '', kind: 'Secret', ...ref }] },
    ...more,
  });
const open = (name: string, port: number, more: Manifest = {}): Manifest =>
  listener(name, port, { allowedRoutes: { namespaces: { from: 'All' } }, ...more });
const at = (name: string, sectionName?: string) => ({
  parentRefs: [{ kind: 'Gateway', name, ...(sectionName === undefined ? {} : { sectionName }) }],
});
const served = (name: string, parent: string, spec: Manifest = {}, section?: string): Manifest =>
  route(name, [rule(undefined, 'first')], { ...at(parent, section), ...spec });

/** A listener whose Secret lies in another namespace, with these grants there. */
const elsewhere = (name: string, grants: readonly Manifest[], states: readonly string[]): Trial => ({
  name,
  manifests: [gateway('guarded', [certificate({ name: 'served', namespace: 'web' })]), ...grants],
  states: { 'Gateway guarded/https': ['kinds=HTTPRoute', 'attachedRoutes=0', ...states] },
});
const GATEWAYS = { group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'stage' };
const SECRET = { group: '', kind: 'Secret' };
/** Each is wrong in one point. */
const wrongGrants = (
  [
    ['place', {}, {}, 'apps'],
    ['from-group', { group: 'other.example' }, {}, 'web'],
    ['from-kind', { kind: 'HTTPRoute' }, {}, 'web'],
    ['from-namespace', { namespace: 'elsewhere' }, {}, 'web'],
    ['to-group', {}, { group: 'other.example' }, 'web'],
    ['to-kind', {}, { kind: 'Service' }, 'web'],
    ['to-name', {}, { name: 'another' }, 'web'],
  ] as const
).map(([name, from, to, place]) =>
  grant(name, place, { ...GATEWAYS, ...from }, { ...SECRET, name: 'served', ...to }),
);
const DENIED = ['ResolvedRefs=False RefNotPermitted'];
const GRANTED = ['ResolvedRefs=True', 'Programmed=True Programmed'];

const BROKEN = {
  missing: { name: 'not-there' },
  group: { group: 'other.example', name: 'served' },
  kind: { kind: 'Another', name: 'served' },
  malformed: { name: 'no-certificate' },
};
const malformed: Manifest = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'no-certificate', namespace: 'stage' },
  type: 'kubernetes.io/tls',
  stringData: { 'tls.crt': 'not a certificate', 'tls.key': 'not a key' },
};

const label = { matchLabels: { conformance: 'stage' } };
const selected = { namespaces: { from: 'Selector', selector: label }, kinds: [{ kind: 'HTTPRoute' }] };

export const gateways: readonly Trial[] = [
  {
    name: 'GatewayListenerUnsupportedProtocol',
    manifests: [
      gateway('none', [open('odd', 1111, { protocol: 'INVALID' })]),
      gateway('one', [open('http', 80), open('odd', 1111, { protocol: 'INVALID' })]),
    ],
    states: {
      'Gateway none': ['Accepted=False ListenersNotValid'],
      'Gateway none/odd': ['Accepted=False UnsupportedProtocol', 'kinds=', 'attachedRoutes=0'],
      'Gateway one': ['Accepted=True ListenersNotValid'],
      'Gateway one/http': ['Accepted=True Accepted', 'kinds=HTTPRoute', 'attachedRoutes=0'],
      'Gateway one/odd': ['Accepted=False UnsupportedProtocol', 'kinds=', 'attachedRoutes=0'],
    },
  },
  {
    name: 'GatewayInvalidRouteKind',
    manifests: (
      [
        ['none', ['OddRoute']],
        ['one', ['OddRoute', 'HTTPRoute']],
      ] as const
    ).map(([name, kinds]) =>
      gateway(name, [
        open('http', 80, {
          allowedRoutes: { namespaces: { from: 'All' }, kinds: kinds.map((kind) => ({ kind })) },
        }),
      ]),
    ),
    states: {
      'Gateway none/http': ['ResolvedRefs=False InvalidRouteKinds', 'kinds=', 'attachedRoutes=0'],
      'Gateway one/http': ['ResolvedRefs=False InvalidRouteKinds', 'kinds=HTTPRoute', 'attachedRoutes=0'],
    },
  },
  {
    name: 'GatewayInvalidParametersRef',
    manifests: [
      gateway('odd', [open('http', 80)], {
        infrastructure: { parametersRef: { group: 'other.example', kind: 'Odd', name: 'odd' } },
      }),
    ],
    states: { 'Gateway odd': ['Accepted=False InvalidParameters'] },
  },
  {
    name: 'GatewayInvalidTLSConfiguration',
    manifests: [
      malformed,
      ...Object.entries(BROKEN).map(([name, ref]) => gateway(`broken-${name}`, [certificate(ref)])),
    ],
    states: Object.fromEntries(
      Object.keys(BROKEN).map((name) => [
        `Gateway broken-${name}/https`,
        ['ResolvedRefs=False InvalidCertificateRef', 'kinds=HTTPRoute', 'attachedRoutes=0'],
      ]),
    ),
  },
  elsewhere('GatewaySecretMissingReferenceGrant', [], DENIED),
  elsewhere('GatewaySecretInvalidReferenceGrant', wrongGrants, DENIED),
  elsewhere('GatewaySecretReferenceGrantAllInNamespace', [grant('all', 'web', GATEWAYS, SECRET)], GRANTED),
  elsewhere(
    'GatewaySecretReferenceGrantSpecific',
    [grant('this', 'web', GATEWAYS, { ...SECRET, name: 'served' })],
    GRANTED,
  ),
  {
    name: 'GatewayModifyListeners',
    manifests: [
      gateway('more', [certificate({ name: 'served' }, { hostname: 'shop.test' })]),
      served('added-to', 'more'),
      gateway('fewer', [certificate({ name: 'served' }, { hostname: 'shop.test' }), open('http', 80)]),
      served('removed-from', 'fewer'),
    ],
    asks: [
      ask('/', 'first', { gateway: 'more', tls: 'shop.test', host: 'shop.test' }),
      ask('/', 'first', { gateway: 'fewer', tls: 'shop.test', host: 'shop.test' }),
      ask('/', 'first', { gateway: 'fewer' }),
    ],
    later: {
      manifests: [
        gateway('more', [
          certificate({ name: 'served' }, { hostname: 'shop.test' }),
          open('http', 80, { hostname: 'second.test' }),
        ]),
        served('added-to', 'more'),
        gateway('fewer', [open('http', 80)]),
        served('removed-from', 'fewer'),
      ],
      asks: [
        ask('/', 'first', { gateway: 'more', tls: 'shop.test', host: 'shop.test' }),
        ask('/', 'first', { gateway: 'more', host: 'second.test' }),
        ask('/', 'first', { gateway: 'fewer' }),
      ],
      states: {
        'Gateway more/https': [...HTTP, 'attachedRoutes=1'],
        'Gateway more/http': [...HTTP, 'attachedRoutes=1'],
        'Gateway fewer/http': [...HTTP, 'attachedRoutes=1'],
      },
    },
  },
  {
    name: 'GatewayWithAttachedRoutes',
    manifests: [
      gateway('one', [open('http', 80, { allowedRoutes: selected })]),
      served('r1', 'one'),
      gateway('two', [open('http', 80, { hostname: 'shop.test', allowedRoutes: selected })]),
      served('r2', 'two'),
      served('r3', 'two'),
      served('other-host', 'two', { hostnames: ['elsewhere.test'] }),
      gateway('closed', [certificate({ name: 'not-there' }, { allowedRoutes: selected })]),
      route('r4', [rule(undefined, 'not-there')], at('closed', 'https')),
    ],
    states: {
      'Gateway one/http': [...HTTP, 'attachedRoutes=1'],
      'Gateway two/http': [...HTTP, 'attachedRoutes=2'],
      'HTTPRoute other-host': ['Accepted=False NoMatchingListenerHostname'],
      'Gateway closed/https': [
        'Programmed=False',
        'ResolvedRefs=False',
        'kinds=HTTPRoute',
        'attachedRoutes=1',
      ],
      'HTTPRoute r4': ['ResolvedRefs=False'],
    },
  },
  {
    name: 'GatewayWithAttachedRoutesWithPort8080',
    extended: ['GatewayPort8080'],
    manifests: [
      gateway('pair', [
        open('alone', 8080, { allowedRoutes: selected }),
        open('http', 80, { allowedRoutes: selected }),
      ]),
      served('r1', 'pair', {}, 'http'),
    ],
    states: {
      'Gateway pair/alone': [...HTTP, 'attachedRoutes=0'],
      'Gateway pair/http': [...HTTP, 'attachedRoutes=1'],
    },
  },
  {
    name: 'GatewayNameMaximumLength',
    manifests: [gateway(`long-${'a'.repeat(248)}`, [open('http', 80)])],
    states: { [`Gateway long-${'a'.repeat(248)}/http`]: ['Accepted=True', 'Programmed=True'] },
  },
  ...['Gateway', 'GatewayClass'].map((kind) => ({
    name: `${kind}ObservedGenerationBump`,
    cluster: 'it looks at metadata.generation, which a cluster counts',
  })),
  {
    name: 'GatewayInfrastructure',
    extended: ['GatewayInfrastructurePropagation'],
    cluster: 'it looks for labels of the Pods and Services that a controller makes',
  },
  {
    name: 'GatewayOptionalAddressValue',
    extended: ['GatewayAddressEmpty'],
    cluster: 'it waits for the address that a controller assigns',
  },
  {
    name: 'GatewayStaticAddresses',
    extended: ['GatewayStaticAddresses'],
    cluster:
      'it looks at the addresses that a controller writes into the status, and which of them can be had',
  },
];
