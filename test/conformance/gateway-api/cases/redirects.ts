/** HTTPRoute: redirects. */
import {
  type Ask,
  ask,
  gateway,
  listener,
  type Manifest,
  prefix,
  ref,
  route,
  rule,
  type Trial,
} from '../words.ts';

const redirect = (requestRedirect: Manifest): Manifest => ({ type: 'RequestRedirect', requestRedirect });
export const newPrefix = (value: string) => ({
  path: { type: 'ReplacePrefixMatch', replacePrefixMatch: value },
});
export const newPath = (value: string) => ({ path: { type: 'ReplaceFullPath', replaceFullPath: value } });
export const HOST = { hostname: 'there.test' };

/** One rule for each path; `gets` and `leads` for a request to it, or to what lies below. */
type Row = readonly [
  path: string,
  to: Manifest,
  gets: number,
  leads: NonNullable<Ask['leads']>,
  below?: string,
];
const rules = (rows: readonly Row[]): Manifest[] =>
  rows.map(([path, to]) => rule(prefix(path), undefined, { filters: [redirect(to)] }));
const asks = (rows: readonly Row[], more: Partial<Ask> = {}): Ask[] =>
  rows.map(([path, , gets, leads, below = '']) => ask(`${path}${below}`, gets, { leads, ...more }));
const trial = (
  name: string,
  extended: readonly string[],
  rows: readonly Row[],
  more: Partial<Ask> = {},
): Trial => ({
  name,
  extended,
  manifests: [route('away', rules(rows))],
  asks: asks(rows, more),
});

const code = (statusCode: number, more: Partial<Ask> = {}): Trial =>
  trial(
    `HTTPRoute${statusCode}Redirect`,
    [`HTTPRoute${statusCode}RedirectStatusCode`],
    [['/moved', { statusCode }, statusCode, {}]],
    more,
  );

const schemes = (from: 'http' | 'https', port: string): readonly Row[] => {
  const kept = { scheme: from, host: 'there.test' };
  const rows: [string, Manifest, string, string][] =
    from === 'https'
      ? [
          ['/same', {}, 'https', ''],
          ['/443', { port: 443 }, 'https', ''],
          ['/8443', { port: 8443 }, 'https', '8443'],
          ['/http', { scheme: 'http' }, 'http', ''],
          ['/http-80', { scheme: 'http', port: 80 }, 'http', ''],
          ['/http-8080', { scheme: 'http', port: 8080 }, 'http', '8080'],
        ]
      : [
          ['/same', {}, 'http', port],
          ['/80', { port: 80 }, 'http', ''],
          ['/https', { scheme: 'https' }, 'https', ''],
          ...(port === ''
            ? ([
                ['/8080', { port: 8080 }, 'http', '8080'],
                ['/https-443', { scheme: 'https', port: 443 }, 'https', ''],
                ['/https-8443', { scheme: 'https', port: 8443 }, 'https', '8443'],
              ] as [string, Manifest, string, string][])
            : []),
        ];
  return rows.map(([path, to, scheme, named]) => [
    path,
    { ...HOST, ...to },
    302,
    { ...kept, scheme, port: named },
  ]);
};

const at = (name: string) => ({ parentRefs: [{ name }] });
export const onBackend = (filter: Manifest) => [ref('first', { port: 8080, filters: [filter] })];

export const redirects: readonly Trial[] = [
  code(303, { method: 'POST' }),
  code(307),
  code(308),
  trial(
    'HTTPRouteRedirectHostAndStatus',
    [],
    [
      ['/host', HOST, 302, { host: 'there.test' }],
      ['/host-301', { ...HOST, statusCode: 301 }, 301, { host: 'there.test' }],
    ],
  ),
  trial(
    'HTTPRouteRedirectPath',
    ['HTTPRoutePathRedirect'],
    [
      ['/old', newPrefix('/new'), 302, { path: '/new/page' }, '/page'],
      ['/whole', newPath('/all'), 302, { path: '/all' }, '/of/it'],
      ['/prefix-host', { ...HOST, ...newPrefix('/new') }, 302, { host: 'there.test', path: '/new' }],
      ['/prefix-301', { ...newPrefix('/new'), statusCode: 301 }, 301, { path: '/new' }],
      ['/whole-host', { ...HOST, ...newPath('/all') }, 302, { host: 'there.test', path: '/all' }],
      ['/whole-301', { ...newPath('/all'), statusCode: 301 }, 301, { path: '/all' }],
    ],
  ),
  trial(
    'HTTPRouteRedirectPort',
    ['HTTPRoutePortRedirect'],
    [
      ['/port', { port: 8083 }, 302, { port: '8083' }],
      ['/port-host', { ...HOST, port: 8083 }, 302, { host: 'there.test', port: '8083' }],
      ['/port-301', { port: 8083, statusCode: 301 }, 301, { port: '8083' }],
      ['/all', { ...HOST, port: 8083, statusCode: 302 }, 302, { host: 'there.test', port: '8083' }],
    ],
  ),
  trial(
    'HTTPRouteRedirectScheme',
    ['HTTPRouteSchemeRedirect'],
    [
      ['/scheme', { scheme: 'https' }, 302, { scheme: 'https' }],
      ['/scheme-host', { ...HOST, scheme: 'https' }, 302, { scheme: 'https', host: 'there.test' }],
      ['/scheme-301', { scheme: 'https', statusCode: 301 }, 301, { scheme: 'https' }],
      ['/all', { ...HOST, scheme: 'https', statusCode: 302 }, 302, { scheme: 'https', host: 'there.test' }],
    ],
  ),
  {
    name: 'HTTPRouteRedirectPortAndScheme',
    extended: ['HTTPRoutePortRedirect', 'GatewayPort8080'],
    manifests: [
      gateway('at-8080', [listener('http', 8080)]),
      route('from-80', rules(schemes('http', ''))),
      route('from-8080', rules(schemes('http', '8080')), at('at-8080')),
      route('from-443', rules(schemes('https', '')), at('secure')),
    ],
    asks: [
      ...asks(schemes('http', '')),
      ...asks(schemes('http', '8080'), { gateway: 'at-8080', port: 8080, host: 'here.test:8080' }),
      ...asks(schemes('https', ''), { gateway: 'secure', tls: 'shop.test', host: 'shop.test' }),
    ],
  },
  {
    name: 'HTTPRouteBackendRequestRedirect',
    extended: ['HTTPRouteBackendRequestRedirect'],
    manifests: [
      route('away', [
        rule(prefix('/whole'), onBackend(redirect(newPath('/all')))),
        rule(prefix('/old'), onBackend(redirect(newPrefix('/new')))),
      ]),
    ],
    asks: [
      ask('/whole/page', 302, { leads: { path: '/all' } }),
      ask('/old/page', 302, { leads: { path: '/new/page' } }),
    ],
  },
];
