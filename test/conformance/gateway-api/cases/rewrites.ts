/** HTTPRoute: path and host are rewritten on the way to the backend. */
import { ask, type Manifest, prefix, route, rule, type Trial } from '../words.ts';
import { edited, editsRequest } from './headers.ts';
import { HOST, newPath, newPrefix, onBackend } from './redirects.ts';

const rewrite = (urlRewrite: Manifest): Manifest => ({ type: 'URLRewrite', urlRewrite });

export const rewrites: readonly Trial[] = [
  {
    name: 'HTTPRouteRewriteHost',
    extended: ['HTTPRouteHostRewrite'],
    manifests: [
      route(
        'renamed',
        [
          rule(prefix('/one'), 'first', { filters: [rewrite({ hostname: 'one.there.test' })] }),
          rule(undefined, 'second', { filters: [rewrite(HOST)] }),
          rule(prefix('/edited'), 'second', {
            filters: [rewrite({ hostname: 'two.there.test' }), editsRequest],
          }),
        ],
        { hostnames: ['here.test'] },
      ),
    ],
    asks: [
      ask('/one', 'first', { host: 'here.test', arrives: { host: 'one.there.test', path: '/one' } }),
      ask('/other', 'second', { host: 'here.test', arrives: { host: 'there.test', path: '/other' } }),
      ask('/edited', 'second', {
        host: 'here.test',
        headers: edited.headers,
        arrives: { ...edited.arrives, host: 'two.there.test' },
      }),
    ],
  },
  {
    name: 'HTTPRouteRewritePath',
    extended: ['HTTPRoutePathRewrite'],
    manifests: [
      route('rewritten', [
        rule(prefix('/old/one'), 'first', { filters: [rewrite(newPrefix('/one'))] }),
        rule(prefix('/without'), 'first', { filters: [rewrite(newPrefix('/'))] }),
        rule(prefix('/whole/one'), 'first', { filters: [rewrite(newPath('/one'))] }),
        rule(prefix('/whole/edited'), 'first', { filters: [rewrite(newPath('/all')), editsRequest] }),
        rule(prefix('/old/edited'), 'first', { filters: [rewrite(newPrefix('/old')), editsRequest] }),
      ]),
    ],
    asks: [
      ...(
        [
          ['/old/one/page', '/one/page'],
          ['/without/page', '/page'],
          ['/without', '/'],
          ['/whole/one/page', '/one'],
        ] as const
      ).map(([path, seen]) => ask(path, 'first', { arrives: { path: seen } })),
      ...(
        [
          ['/whole/edited/page', '/all'],
          ['/old/edited/page', '/old/page'],
        ] as const
      ).map(([path, seen]) =>
        ask(path, 'first', {
          headers: { ...edited.headers, 'X-Colour': 'blue' },
          arrives: { ...edited.arrives, path: seen },
        }),
      ),
    ],
  },
  {
    name: 'HTTPRouteBackendURLRewrite',
    extended: ['HTTPRouteBackendURLRewrite'],
    manifests: [
      route('rewritten', [
        rule(prefix('/whole'), onBackend(rewrite(newPath('/all')))),
        rule(prefix('/old'), onBackend(rewrite(newPrefix('/new')))),
      ]),
    ],
    asks: [
      ask('/whole/page', 'first', { arrives: { path: '/all' } }),
      ask('/old/page', 'first', { arrives: { path: '/new/page' } }),
    ],
  },
];
