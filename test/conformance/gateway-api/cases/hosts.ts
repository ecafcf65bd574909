/** HTTPRoute: host names of routes and listeners, listeners by port, several Gateways. */
import { ask, gateway, listener, type Manifest, prefix, route, rule, type Trial } from '../words.ts';

const at = (name: string, sectionName?: string) => ({
  parentRefs: [{ name, ...(sectionName === undefined ? {} : { sectionName }) }],
});
/** Paths with the backend that must answer, for one host. */
const asks = (host: string, wanted: Readonly<Record<string, string | number>>, gatewayName: string) =>
  Object.entries(wanted).map(([path, gets]) => ask(path, gets, { host, gateway: gatewayName }));

/** Four listeners of one port, each with a host name, and routes at them; of HTTP here, of gRPC elsewhere. */
export const hostListeners = (name: string): Manifest =>
  gateway(
    name,
    ['oak.test', 'red.oak.test', '*.oak.test', '*.elm.test'].map((hostname, i) =>
      listener(`l${i + 1}`, 80, { hostname }),
    ),
  );
export const HOSTS: readonly (readonly [host: string, place: number | undefined])[] = [
  ['oak.test', 0],
  ['red.oak.test', 1],
  ['old.oak.test', 2],
  ['new.oak.test', 2],
  ['two.labels.oak.test', 2],
  ['two.labels.elm.test', 2],
  ['elm.test', undefined],
  ['nowhere.test', undefined],
];

const intersecting: readonly Manifest[] = [
  gateway('meeting', [
    listener('l1', 80, { hostname: 'one.exact.test' }),
    listener('l2', 80, { hostname: '*.wild.test' }),
    listener('l3', 80, { hostname: '*.other.test' }),
  ]),
  gateway('anywhere', [listener('l1', 80)]),
  ...(
    [
      ['exact-exact', ['no.test', '*.none.test', 'one.exact.test'], '/s1', 'first'],
      [
        'exact-wild',
        ['no.test', 'wild.test', 'red.wild.test', 'old.wild.test', 'red.old.wild.test'],
        '/s2',
        'second',
      ],
      ['wild-exact', ['no.test', '*.exact.test'], '/s3', 'third'],
      ['wild-wild', ['*.other.test'], '/s4', 'first'],
      ['never', ['exact.but.not.test', 'wild.test'], '/s5', 'second'],
    ] as const
  ).map(([name, hostnames, path, backend]) =>
    route(name, [rule(prefix(path), backend)], { ...at('meeting'), hostnames }),
  ),
  route('everywhere', [rule(undefined, 'second')], {
    ...at('anywhere'),
    hostnames: ['a.test', 'sub.a.test', 'b.test', 'sub.b.test'],
  }),
];

const portListeners = gateway('ports', [
  listener('l1', 80, { hostname: 'oak.test' }),
  listener('l2', 8080, { hostname: 'oak.test' }),
  listener('l3', 8080, { hostname: 'elm.test' }),
  listener('l4', 8090, { hostname: 'oak.test' }),
  listener('l5', 8090, { hostname: 'elm.test' }),
]);
const FINE = ['Accepted=True', 'ResolvedRefs=True', 'kinds=HTTPRoute'];

export const hosts: readonly Trial[] = [
  {
    name: 'HTTPRouteListenerHostnameMatching',
    manifests: [
      hostListeners('hosts'),
      route('one', [rule(undefined, 'first')], at('hosts', 'l1')),
      route('two', [rule(undefined, 'second')], at('hosts', 'l2')),
      route('three', [rule(undefined, 'third')], {
        parentRefs: ['l3', 'l4'].map((sectionName) => ({ name: 'hosts', sectionName })),
      }),
    ],
    asks: HOSTS.map(([host, place]) =>
      ask('/', place === undefined ? 404 : ['first', 'second', 'third'][place]!, { host, gateway: 'hosts' }),
    ),
  },
  {
    name: 'HTTPRouteHostnameIntersection',
    manifests: intersecting,
    asks: [
      ...asks(
        'one.exact.test',
        { '/s1': 'first', '/s2': 404, '/s3': 'third', '/s4': 404, '/no': 404 },
        'meeting',
      ),
      ...asks('one.exact.test:1234', { '/s1': 'first' }, 'meeting'),
      ...asks('no.test', { '/s1': 404, '/s2': 404, '/s3': 404 }, 'meeting'),
      ...asks('red.none.test', { '/s1': 404 }, 'meeting'),
      ...asks(
        'red.wild.test',
        { '/s1': 404, '/s2': 'second', '/s3': 404, '/s4': 404, '/no': 404 },
        'meeting',
      ),
      ...asks('old.wild.test', { '/s2': 'second' }, 'meeting'),
      ...asks('red.old.wild.test', { '/s2': 'second' }, 'meeting'),
      ...asks('wild.test', { '/s2': 404, '/s5': 404 }, 'meeting'),
      ...asks('red.exact.test', { '/s3': 404 }, 'meeting'),
      ...asks('red.other.test', { '/s4': 'first', '/no': 404 }, 'meeting'),
      ...asks('old.other.test', { '/s4': 'first' }, 'meeting'),
      ...asks('red.old.other.test', { '/s4': 'first' }, 'meeting'),
      ...asks('other.test', { '/s4': 404 }, 'meeting'),
      ...asks('exact.but.not.test', { '/s5': 404 }, 'meeting'),
      ...['a.test', 'sub.a.test', 'b.test', 'sub.b.test'].flatMap((host) =>
        asks(host, { '/': 'second' }, 'anywhere'),
      ),
      ...['c.test', 'sub.c.test'].flatMap((host) => asks(host, { '/': 404 }, 'anywhere')),
    ],
    states: {
      'HTTPRoute never': ['Accepted=False NoMatchingListenerHostname'],
      'Gateway meeting/l1': [...FINE, 'attachedRoutes=2'],
      'Gateway meeting/l2': [...FINE, 'attachedRoutes=1'],
      'Gateway meeting/l3': [...FINE, 'attachedRoutes=1'],
    },
  },
  {
    name: 'HTTPRouteListenerPortMatching',
    extended: ['HTTPRouteParentRefPort'],
    manifests: [
      portListeners,
      route('one', [rule(undefined, 'first')], { parentRefs: [{ name: 'ports', port: 80 }] }),
      route('two', [rule(undefined, 'second')], { parentRefs: [{ name: 'ports', port: 8080 }] }),
      route('three', [rule(undefined, 'third')], {
        parentRefs: [{ name: 'ports', port: 8090, sectionName: 'l4' }],
      }),
    ],
    asks: (
      [
        ['oak.test', 80, 'first'],
        ['oak.test:8080', 8080, 'second'],
        ['elm.test:8080', 8080, 'second'],
        ['oak.test:8090', 8090, 'third'],
        ['elm.test:8090', 8090, 404],
      ] as const
    ).map(([host, port, gets]) => ask('/', gets, { host, port, gateway: 'ports' })),
  },
  {
    name: 'HTTPRouteMultipleGateways',
    manifests: [
      route('shared', [rule(prefix('/both'), 'first')], { parentRefs: [{ name: 'own' }, { name: 'open' }] }),
      route('of-own', [rule(prefix('/'), 'second')]),
      route('of-open', [rule(prefix('/'), 'third')], at('open')),
    ],
    asks: [
      ask('/both', 'first'),
      ask('/', 'second'),
      ask('/both', 'first', { gateway: 'open' }),
      ask('/', 'third', { gateway: 'open' }),
    ],
  },
  {
    name: 'GatewayHTTPListenerIsolation',
    extended: ['GatewayHTTPListenerIsolation'],
    ...isolation(),
  },
];

/** Each host is for the most specific listener alone; with and without host names at the routes. */
function isolation() {
  const names = { any: undefined, wild: '*.oak.test', deep: '*.red.oak.test', exact: 'old.red.oak.test' };
  const of = { any: 'elm.test', wild: 'blue.oak.test', deep: 'new.red.oak.test', exact: 'old.red.oak.test' };
  const manifests = ['bare', 'named'].flatMap((name) => [
    gateway(
      name,
      Object.entries(names).map(([section, hostname]) =>
        listener(section, 80, {
          ...(hostname === undefined ? {} : { hostname }),
          allowedRoutes: { namespaces: { from: 'All' } },
        }),
      ),
    ),
    ...Object.keys(names).map((section) =>
      route(`${name}-${section}`, [rule(prefix(`/${section}`), 'first')], {
        ...at(name, section),
        ...(name === 'named' ? { hostnames: ['elm.test', names.wild, names.deep, names.exact] } : {}),
      }),
    ),
  ]);
  const all = ['bare', 'named'].flatMap((name) =>
    Object.entries(of).flatMap(([own, host]) =>
      asks(
        host,
        Object.fromEntries(
          Object.keys(of).map((section) => [`/${section}`, section === own ? 'first' : 404]),
        ),
        name,
      ),
    ),
  );
  return { manifests, asks: all };
}
