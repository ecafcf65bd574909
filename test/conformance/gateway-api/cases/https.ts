/** HTTPRoute over TLS: server names, and requests for another listener of the port. */
import { type Ask, ask, prefix, route, rule, type Trial } from '../words.ts';

const at = (sectionName?: string) => ({
  parentRefs: [{ name: 'secure', ...(sectionName === undefined ? {} : { sectionName }) }],
});
const over = (tls: string, host: string, gets: Ask['gets'], path: string, more: Partial<Ask> = {}): Ask =>
  ask(path, gets, { tls, host, gateway: 'secure', ...more });

/** Server name, host of the request on the same connection, what becomes of it. */
const MEANT: readonly (readonly [sni: string, host: string, gets: Ask['gets']])[] = [
  ['shop.test', 'shop.test', 'first'],
  ['shop.test', 'second.test', 421],
  ['shop.test', 'unknown.test', 404],
  ['second.test', 'second.test', 'second'],
  ['second.test', 'shop.test', 421],
  ['second.test', 'unknown.test', 421],
  ['third.wild.test', 'third.wild.test', 'third'],
  ['third.wild.test', 'fifth.wild.test', 'third'],
  ['third.wild.test', 'fourth.wild.test', 421],
  ['third.wild.test', 'second.test', 421],
  ['third.wild.test', 'unknown.test', 421],
  ['fourth.wild.test', 'fourth.wild.test', 'first'],
  ['fourth.wild.test', 'fifth.wild.test', 421],
  ['unknown.test', 'shop.test', 'first'],
  ['unknown.test', 'unknown.test', 404],
];

export const https: readonly Trial[] = [
  {
    name: 'HTTPRouteHTTPSListener',
    manifests: [
      route('named', [rule(undefined, 'first')], { ...at(), hostnames: ['shop.test'] }),
      route('unnamed', [rule(undefined, 'second')], at('one')),
    ],
    asks: [
      over('shop.test', 'shop.test', 'first', '/'),
      over('unknown.test', 'unknown.test', 404, '/'),
      over('second.test', 'second.test', 'second', '/'),
    ],
    // The route at all listeners has no host name in common with some of them.
    states: { 'HTTPRoute named': ['Accepted=True', 'ResolvedRefs=True'] },
  },
  {
    name: 'HTTPRouteHTTPSListenerDetectMisdirectedRequests',
    extended: ['GatewayHTTPSListenerDetectMisdirectedRequests'],
    manifests: [
      route('r1', [rule(prefix('/meant'), 'first')], { ...at('any'), hostnames: ['shop.test'] }),
      route('r2', [rule(prefix('/meant'), 'second')], at('one')),
      route('r3', [rule(prefix('/meant'), 'third')], at('wild')),
      route('r4', [rule(prefix('/meant'), 'first')], at('in-wild')),
    ],
    asks: MEANT.map(([sni, host, gets]) => over(sni, host, gets, '/meant', { protocol: 'h2' })),
  },
];
