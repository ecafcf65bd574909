/** HTTPRoute: where requests go – weights, mirrors, retries, timeouts, protocols, kinds of Services. */
import {
  type Ask,
  ask,
  type Behaviour,
  exact,
  type Manifest,
  prefix,
  ref,
  route,
  rule,
  type Trial,
} from '../words.ts';
import { edited, editsRequest } from './headers.ts';

const mirror = (name: string, more: Manifest = {}): Manifest => ({
  type: 'RequestMirror',
  requestMirror: { backendRef: ref(name, { port: 8080 }), ...more },
});
const copies = (path: string, to: readonly Manifest[]): Manifest[] => [
  rule(prefix(path), 'first', { filters: [...to] }),
  rule(prefix(`${path}-edited`), 'first', { filters: [editsRequest, ...to] }),
];
const copied = (path: string, to: readonly string[]): Ask[] => [
  ask(path, 'first', { copies: to, arrives: { path } }),
  ask(`${path}-edited`, 'first', { copies: to, headers: edited.headers, arrives: edited.arrives }),
];
const sharing = (path: string, share: number, more: Partial<Ask> = {}): Ask =>
  ask(path, 'first', { copies: { second: share }, ...more });

const weighted = (names: Readonly<Record<string, number>>): Manifest[] =>
  Object.entries(names).map(([name, weight]) => ref(name, { port: 8080, weight }));

/** A rule with retries, and requests whose first attempts fail. */
const retrying = (path: string, retry: Manifest, timeouts?: Manifest): Manifest =>
  rule(prefix(path), 'third', { retry, ...(timeouts === undefined ? {} : { timeouts }) });
const failing = (path: string, fails: number, gets: Ask['gets'], more: Behaviour = {}): Ask =>
  ask(path, gets, { echo: { fails, ...more } });

const late = (path: string, gets: Ask['gets']): Ask => ask(path, gets, { echo: { delayMs: 1_000 } });
const timed = (name: string, feature: string, field: string): Trial => ({
  name,
  extended: [feature],
  manifests: [
    route('timed', [
      rule(prefix('/short'), 'first', { timeouts: { [field]: '500ms' } }),
      rule(prefix('/none'), 'first', { timeouts: { [field]: '0s' } }),
    ]),
  ],
  asks: [ask('/short', 'first'), late('/short', 504), late('/none', 'first')],
});

export const forwarding: readonly Trial[] = [
  {
    name: 'HTTPRouteWeight',
    manifests: [route('weighted', [rule(undefined, weighted({ first: 70, second: 30, third: 0 }))])],
    asks: [ask('/', 'any', { shares: { first: 0.7, second: 0.3, third: 0 } })],
  },
  {
    name: 'HTTPRouteNoBackendRefs',
    manifests: [
      route('nowhere', [
        rule(exact('/left-out'), undefined),
        rule(exact('/empty'), []),
        rule(prefix('/'), 'first'),
      ]),
    ],
    asks: [ask('/served', 'first'), ask('/left-out', 500), ask('/empty', 500)],
  },
  {
    name: 'HTTPRouteNamedRule',
    extended: ['HTTPRouteNamedRouteRule'],
    manifests: [
      route('named', [
        rule(prefix('/with'), 'first', { name: 'has-a-name' }),
        rule(prefix('/without'), 'second'),
      ]),
    ],
    asks: [ask('/with', 'first'), ask('/without', 'second')],
  },
  {
    name: 'HTTPRouteRequestMirror',
    extended: ['HTTPRouteRequestMirror'],
    manifests: [route('copied', copies('/copy', [mirror('second')]))],
    asks: copied('/copy', ['second']),
  },
  {
    name: 'HTTPRouteRequestMultipleMirrors',
    extended: ['HTTPRouteRequestMirror', 'HTTPRouteRequestMultipleMirrors'],
    manifests: [route('copied', copies('/copies', [mirror('second'), mirror('third')]))],
    asks: copied('/copies', ['second', 'third']),
  },
  {
    name: 'HTTPRouteRequestPercentageMirror',
    extended: ['HTTPRouteRequestPercentageMirror'],
    manifests: [
      route('copied', [
        rule(prefix('/some'), 'first', { filters: [mirror('second', { percent: 20 })] }),
        rule(prefix('/part'), 'first', {
          filters: [mirror('second', { fraction: { numerator: 25, denominator: 50 } })],
        }),
        rule(prefix('/some-edited'), 'first', { filters: [editsRequest, mirror('second', { percent: 35 })] }),
      ]),
    ],
    asks: [sharing('/some', 0.2), sharing('/part', 0.5), sharing('/some-edited', 0.35, edited)],
  },
  {
    name: 'HTTPRouteRetry',
    extended: ['HTTPRouteRetry'],
    manifests: [
      route('retried', [
        retrying('/500', { codes: [500], attempts: 3 }),
        retrying('/5xx', { codes: [500, 502, 503, 504], attempts: 2 }),
      ]),
    ],
    asks: [
      failing('/500', 2, 'third', { status: 500 }),
      failing('/500', 4, 500, { status: 500 }),
      failing('/500', 2, 503, { status: 503 }),
      ...[500, 502, 503, 504].flatMap((status) => [
        failing('/5xx', 1, 'third', { status }),
        failing('/5xx', 3, status, { status }),
      ]),
    ],
  },
  {
    name: 'HTTPRouteRetryConnectionError',
    extended: ['HTTPRouteRetry', 'HTTPRouteRetryConnectionError'],
    manifests: [route('retried', [retrying('/cut', { attempts: 3 })])],
    asks: [failing('/cut', 2, 'third'), failing('/cut', 4, [500, 503])],
  },
  {
    name: 'HTTPRouteRetryWithTimeouts',
    extended: [
      'HTTPRouteRetry',
      'HTTPRouteRetryBackendTimeout',
      'HTTPRouteRequestTimeout',
      'HTTPRouteBackendTimeout',
    ],
    manifests: [
      route('retried', [
        retrying('/each', { attempts: 2 }, { backendRequest: '200ms' }),
        retrying('/all', { codes: [500], attempts: 5 }, { backendRequest: '200ms', request: '400ms' }),
      ]),
    ],
    asks: [
      failing('/each', 2, 'third', { status: 500, failMs: 300 }),
      failing('/each', 3, 504, { status: 500, failMs: 300 }),
      failing('/all', 1, 'third', { status: 500 }),
      failing('/all', 4, 504, { status: 500, failMs: 100 }),
    ],
  },
  timed('HTTPRouteTimeoutRequest', 'HTTPRouteRequestTimeout', 'request'),
  timed('HTTPRouteTimeoutBackendRequest', 'HTTPRouteBackendTimeout', 'backendRequest'),
  {
    name: 'HTTPRouteBackendProtocolH2C',
    extended: ['HTTPRouteBackendProtocolH2C'],
    manifests: [route('h2c', [rule(undefined, [ref('first', { port: 8081 })])])],
    asks: [ask('/', 'first', { protocol: 'h2', arrives: { version: '2' } })],
  },
  {
    name: 'HTTPRouteBackendProtocolWebSocket',
    extended: ['HTTPRouteBackendProtocolWebSocket'],
    manifests: [route('ws', [rule(undefined, [ref('first', { port: 8082 })])])],
    asks: [ask('/', 101, { protocol: 'websocket' })],
  },
];
