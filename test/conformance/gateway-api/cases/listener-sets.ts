/** ListenerSet: which ones a Gateway lets in, and which routes their listeners let in. */
import {
  ask,
  gateway,
  grant,
  listener,
  listenerSet,
  type Manifest,
  route,
  rule,
  type Trial,
} from '../words.ts';

const extended = ['ListenerSet'];
const FINE = ['Accepted=True', 'Programmed=True', 'ResolvedRefs=True'];
const TAKEN = ['Accepted=True Accepted', 'Programmed=True Programmed'];
const REFUSED = ['Accepted=False NotAllowed', 'Programmed=False NotAllowed'];

const open = (name: string, from: Manifest = { from: 'All' }): Manifest =>
  listener(name, 80, { hostname: `${name}.test`, allowedRoutes: { namespaces: from } });
/** One listener of its own. */
const letting = (namespaces: Manifest | undefined, names: readonly string[] = ['own-name']): Manifest =>
  gateway(
    'roof',
    names.map((name) => open(name)),
    namespaces === undefined ? {} : { allowedListeners: { namespaces } },
  );
const selected = { from: 'Selector', selector: { matchLabels: { conformance: 'backend' } } };

const setAt = (name: string, at = 'stage', listeners: readonly string[] = [`${name}-name`]): Manifest =>
  listenerSet(
    name,
    'roof',
    listeners.map((one) => open(one)),
    at,
  );
export const ofSet = (name: string, sectionName?: string): Manifest => ({
  group: 'gateway.networking.k8s.io',
  kind: 'ListenerSet',
  name,
  namespace: 'stage',
  ...(sectionName === undefined ? {} : { sectionName }),
});
const ofGateway = (sectionName?: string): Manifest => ({
  name: 'roof',
  ...(sectionName === undefined ? {} : { sectionName }),
});
const via = (name: string, path: string, backend: string, parentRefs: readonly Manifest[], at = 'stage') =>
  route(
    name,
    [
      {
        ...rule({ path: { type: 'PathPrefix', value: path } }, undefined),
        backendRefs: [{ name: backend, namespace: 'stage', port: 8080 }],
      },
    ],
    { parentRefs },
    at,
  );
const at = (name: string, path: string, gets: string | number) =>
  ask(path, gets, { gateway: 'roof', host: `${name}.test` });

/** Which namespaces may attach sets: the one of the first set may, that of the second may not. */
const attaching = (
  name: string,
  namespaces: Manifest | undefined,
  good: string | undefined,
  bad: string | undefined,
): Trial => ({
  name: `ListenerSet${name}`,
  extended,
  manifests: [
    letting(namespaces),
    ...(good === undefined ? [] : [setAt('welcome', good)]),
    ...(bad === undefined ? [] : [setAt('turned-away', bad)]),
  ],
  states: {
    'Gateway roof': ['Accepted=True', `sets=${good === undefined ? 0 : 1}`],
    ...(good === undefined ? {} : { 'ListenerSet welcome': TAKEN, 'ListenerSet welcome/welcome-name': FINE }),
    ...(bad === undefined ? {} : { 'ListenerSet turned-away': REFUSED }),
  },
});

const routesFrom = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' };
const SERVICES = { group: '', kind: 'Service' };

export const listenerSets: readonly Trial[] = [
  attaching('AllowedNamespaceNone', { from: 'None' }, undefined, 'stage'),
  attaching('AllowedNamespaceSame', { from: 'Same' }, 'stage', 'far'),
  attaching('AllowedNamespaceSelector', selected, 'apps', 'far'),
  attaching('DefaultNotAllowed', undefined, undefined, 'stage'),
  {
    name: 'ListenerSetAllowedRoutesNamespaces',
    extended,
    manifests: [
      letting({ from: 'All' }),
      listenerSet('set', 'roof', [open('all'), open('same', { from: 'Same' }), open('chosen', selected)]),
      listenerSet('outer', 'roof', [open('outer-same', { from: 'Same' })], 'web'),
      via('near', '/near', 'first', [ofSet('set')]),
      via('chosen', '/chosen', 'second', [ofSet('set')], 'apps'),
      via('far', '/far', 'third', [ofSet('set')], 'far'),
      via('inside', '/inside', 'first', [{ ...ofSet('outer'), namespace: 'web' }], 'web'),
      via('outside', '/outside', 'second', [{ ...ofSet('outer'), namespace: 'web' }]),
      ...['apps', 'far', 'web'].map((from) =>
        grant(`from-${from}`, 'stage', { ...routesFrom, namespace: from }, SERVICES),
      ),
    ],
    asks: [
      at('all', '/near', 'first'),
      at('all', '/chosen', 'second'),
      at('all', '/far', 'third'),
      at('same', '/near', 'first'),
      at('same', '/chosen', 404),
      at('same', '/far', 404),
      at('chosen', '/near', 404),
      at('chosen', '/chosen', 'second'),
      at('chosen', '/far', 404),
      at('outer-same', '/inside', 'first'),
      at('outer-same', '/outside', 404),
    ],
    states: {
      'Gateway roof': ['Accepted=True', 'sets=2'],
      'ListenerSet set/all': [...FINE, 'attachedRoutes=3', 'kinds=HTTPRoute'],
      'ListenerSet set/same': [...FINE, 'attachedRoutes=1', 'kinds=HTTPRoute'],
      'ListenerSet set/chosen': [...FINE, 'attachedRoutes=1', 'kinds=HTTPRoute'],
      'ListenerSet outer/outer-same': [...FINE, 'attachedRoutes=1', 'kinds=HTTPRoute'],
      'HTTPRoute outside': ['Accepted=False NotAllowedByListeners'],
    },
  },
  {
    name: 'ListenerSetAllowedRoutesSupportedKinds',
    extended,
    manifests: [
      letting({ from: 'All' }),
      listenerSet('set', 'roof', [
        listener('passing', 443, {
          protocol: 'TLS',
          tls: { mode: 'Passthrough' },
          allowedRoutes: { namespaces: { from: 'All' }, kinds: [{ kind: 'HTTPRoute' }] },
        }),
      ]),
    ],
    states: {
      'Gateway roof': ['Accepted=True'],
      'ListenerSet set/passing': ['ResolvedRefs=False InvalidRouteKinds'],
    },
  },
  {
    name: 'ListenerSetDualParentRefIndependence',
    extended,
    manifests: [
      letting({ from: 'Same' }),
      setAt('set'),
      via('both', '/both', 'first', [ofGateway(), ofSet('set')]),
      via('one', '/one', 'second', [ofGateway('set-name'), ofSet('set', 'set-name')]),
    ],
    asks: [
      at('own-name', '/both', 'first'),
      at('set-name', '/both', 'first'),
      at('set-name', '/one', 'second'),
      at('own-name', '/one', 404),
    ],
    states: {
      'Gateway roof': ['Accepted=True', 'sets=1'],
      'ListenerSet set/set-name': [...FINE, 'attachedRoutes=2', 'kinds=HTTPRoute'],
      'HTTPRoute both/roof': ['Accepted=True'],
      'HTTPRoute both/set': ['Accepted=True'],
      'HTTPRoute one/roof': ['Accepted=False NoMatchingParent'],
      'HTTPRoute one/set': ['Accepted=True'],
      'HTTPRoute one': ['ResolvedRefs=True'],
    },
  },
  {
    name: 'ListenerSetGatewayParentSectionNameNotFound',
    extended,
    manifests: [
      letting({ from: 'Same' }),
      setAt('set'),
      via('good', '/good', 'first', [ofSet('set', 'set-name')]),
      via('bad', '/bad', 'second', [ofGateway('set-name')]),
    ],
    asks: [at('set-name', '/good', 'first'), at('own-name', '/bad', 404)],
    states: {
      'Gateway roof': ['Accepted=True', 'sets=1'],
      'HTTPRoute bad': ['Accepted=False NoMatchingParent'],
    },
  },
  {
    name: 'ListenerSetRouteStatusScopedToParentRef',
    extended,
    manifests: [
      letting({ from: 'Same' }),
      setAt('set'),
      via('gateway-alone', '/gateway', 'first', [ofGateway()]),
      via('set-alone', '/set', 'second', [ofSet('set')]),
    ],
    states: {
      'Gateway roof': ['Accepted=True', 'sets=1'],
      'ListenerSet set/set-name': [...FINE, 'attachedRoutes=1', 'kinds=HTTPRoute'],
      'HTTPRoute gateway-alone/roof': ['Accepted=True'],
      'HTTPRoute set-alone/set': ['Accepted=True'],
    },
  },
  {
    name: 'ListenerSetHTTPRouting',
    extended,
    manifests: [
      letting({ from: 'All' }, ['g1', 'g2']),
      setAt('one', 'stage', ['a1', 'a2']),
      setAt('two', 'stage', ['b1', 'b2']),
      via('everywhere', '/route', 'first', [ofGateway(), ofSet('one'), ofSet('two')]),
      via('gateway', '/gateway-route', 'second', [ofGateway()]),
      via('gateway-section', '/gateway-section', 'third', [ofGateway('g1')]),
      via('one', '/one-route', 'second', [ofSet('one')]),
      via('one-section', '/one-section', 'third', [ofSet('one', 'a1')]),
      via('two', '/two-route', 'second', [ofSet('two')]),
    ],
    asks: (
      [
        ['/route', 'first', ['g1', 'g2', 'a1', 'a2', 'b1', 'b2']],
        ['/gateway-route', 'second', ['g1', 'g2']],
        ['/gateway-section', 'third', ['g1']],
        ['/one-route', 'second', ['a1', 'a2']],
        ['/one-section', 'third', ['a1']],
        ['/two-route', 'second', ['b1', 'b2']],
      ] as const
    ).flatMap(([path, backend, served]) =>
      ['g1', 'g2', 'a1', 'a2', 'b1', 'b2'].map((name) =>
        at(name, path, (served as readonly string[]).includes(name) ? backend : 404),
      ),
    ),
    states: {
      'Gateway roof': ['Accepted=True', 'sets=2'],
      'ListenerSet one/a1': [...FINE, 'attachedRoutes=3', 'kinds=HTTPRoute'],
      'ListenerSet one/a2': [...FINE, 'attachedRoutes=2', 'kinds=HTTPRoute'],
      'ListenerSet two/b1': [...FINE, 'attachedRoutes=2', 'kinds=HTTPRoute'],
      'ListenerSet two/b2': [...FINE, 'attachedRoutes=2', 'kinds=HTTPRoute'],
    },
  },
];
