/** HTTPRoute: parents and backends that do not exist, are of no use, or lie in another namespace. */
import {
  ask,
  exact,
  gateway,
  grant,
  listener,
  type Manifest,
  prefix,
  ref,
  route,
  rule,
  type Trial,
} from '../words.ts';

const ROUTES = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'stage' };
const SERVICE = { group: '', kind: 'Service', name: 'web' };
const web = ref('web', { namespace: 'web', port: 8080 });

const refused = (reason: string) => [`ResolvedRefs=False ${reason}`];
const unattached = (reason: string) => [`Accepted=False ${reason}`];
const NONE = ['attachedRoutes=0'];

/** A route whose only backend cannot be had: its requests answer 500. */
const broken = (name: string, backend: Manifest, reason: string, more: readonly Manifest[] = []): Trial => ({
  name,
  manifests: [...more, route('broken', [rule(undefined, [backend])])],
  asks: [ask('/', 500)],
  states: { 'HTTPRoute broken': refused(reason) },
});
/** A route that names its parent wrongly. */
const lost = (
  name: string,
  extended: readonly string[],
  parent: Manifest,
  more: readonly Manifest[] = [],
): Trial => ({
  name,
  extended,
  manifests: [...more, route('lost', [rule(undefined, 'first')], { parentRefs: [parent] })],
  states: {
    'HTTPRoute lost': unattached('NoMatchingParent'),
    [`Gateway ${parent.name}/http`]: NONE,
  },
});

/** Each is wrong in one point. */
const wrongGrants = (
  [
    ['place', {}, {}, 'stage'],
    ['from-group', { group: 'other.example' }, {}, 'web'],
    ['from-kind', { kind: 'Gateway' }, {}, 'web'],
    ['from-namespace', { namespace: 'elsewhere' }, {}, 'web'],
    ['to-group', {}, { group: 'other.example' }, 'web'],
    ['to-kind', {}, { kind: 'Secret' }, 'web'],
    ['to-name', {}, { kind: 'Secret', name: 'another' }, 'web'],
  ] as const
).map(([name, from, to, at]) => grant(name, at, { ...ROUTES, ...from }, { ...SERVICE, ...to }));

/** Services of the base whose endpoints are written by hand, or that have no address. */
const KINDS = ['by-hand', 'headless', 'headless-by-hand'];

const toWeb = route('to-web', [rule(undefined, [web])]);

export const references: readonly Trial[] = [
  {
    name: 'HTTPRouteCrossNamespace',
    manifests: [
      route(
        'across',
        [rule(undefined, 'web')],
        { parentRefs: [{ name: 'chosen', namespace: 'stage' }] },
        'web',
      ),
    ],
    asks: [ask('/', 'web', { gateway: 'chosen' })],
  },
  {
    name: 'HTTPRouteReferenceGrant',
    manifests: [grant('web', 'web', ROUTES, SERVICE), toWeb],
    asks: [ask('/', 'web')],
    later: {
      manifests: [toWeb],
      asks: [ask('/', 500)],
      states: { 'HTTPRoute to-web': refused('RefNotPermitted') },
    },
  },
  broken('HTTPRouteInvalidReferenceGrant', web, 'RefNotPermitted', wrongGrants),
  broken('HTTPRouteInvalidCrossNamespaceBackendRef', web, 'RefNotPermitted'),
  broken(
    'HTTPRouteInvalidBackendRefUnknownKind',
    ref('first', { group: 'unknown.example', kind: 'Nothing', port: 8080 }),
    'InvalidKind',
  ),
  broken('HTTPRouteInvalidNonExistentBackendRef', ref('missing', { port: 8080 }), 'BackendNotFound'),
  {
    name: 'HTTPRoutePartiallyInvalidViaInvalidReferenceGrant',
    manifests: [
      grant('apps', 'apps', ROUTES, { ...SERVICE, name: 'app-one' }),
      route('half', [
        rule(prefix('/closed'), [ref('app-two', { namespace: 'apps', port: 8080 })]),
        rule(undefined, [ref('app-one', { namespace: 'apps', port: 8080 })]),
      ]),
    ],
    asks: [ask('/closed', 500), ask('/', 'app-one')],
    states: { 'HTTPRoute half': refused('RefNotPermitted') },
  },
  {
    name: 'HTTPRouteInvalidCrossNamespaceParentRef',
    manifests: [
      route(
        'outside',
        [rule(undefined, 'web')],
        { parentRefs: [{ name: 'own', namespace: 'stage' }] },
        'web',
      ),
    ],
    states: { 'HTTPRoute outside': unattached('NotAllowedByListeners'), 'Gateway own/http': NONE },
  },
  lost('HTTPRouteInvalidParentRefNotMatchingSectionName', [], { name: 'own', port: 80, sectionName: 'htp' }),
  lost('HTTPRouteInvalidParentRefNotMatchingListenerPort', ['HTTPRouteDestinationPortMatching'], {
    name: 'own',
    port: 81,
  }),
  lost(
    'HTTPRouteInvalidParentRefSectionNameNotMatchingPort',
    ['HTTPRouteParentRefPort'],
    { name: 'single', sectionName: 'http', port: 81 },
    [
      gateway('single', [
        listener('http', 80, {
          allowedRoutes: { kinds: [{ kind: 'HTTPRoute' }], namespaces: { from: 'All' } },
        }),
      ]),
    ],
  ),
  {
    name: 'HTTPRouteDisallowedKind',
    manifests: [
      gateway('tls-only', [
        listener('tls', 443, {
          protocol: 'TLS',
          tls: { mode: 'Passthrough' },
          allowedRoutes: { namespaces: { from: 'Same' }, kinds: [{ kind: 'TLSRoute' }] },
        }),
      ]),
      route('other-kind', [rule(undefined, 'first')], { parentRefs: [{ name: 'tls-only' }] }),
    ],
    states: {
      'HTTPRoute other-kind': [...unattached('NotAllowedByListeners'), 'ResolvedRefs=True'],
      'Gateway tls-only/tls': NONE,
    },
  },
  {
    name: 'HTTPRouteServiceTypes',
    manifests: [
      route(
        'kinds',
        KINDS.map((name) => rule(exact(`/${name}`), name)),
      ),
    ],
    asks: KINDS.map((name) => ask(`/${name}`, 'first')),
  },
  {
    name: 'HTTPRouteObservedGenerationBump',
    cluster: 'it looks at metadata.generation, which a cluster counts',
  },
];
