/** HTTPRoute: headers of requests and answers are set, added to and removed, by rules and by backendRefs. */
import { ask, type Behaviour, type Manifest, pairs, prefix, ref, route, rule, type Trial } from '../words.ts';

export const editing = (
  type: 'Request' | 'Response',
  { set, add, remove }: { set?: Record<string, string>; add?: Record<string, string>; remove?: string[] },
): Manifest => ({
  type: `${type}HeaderModifier`,
  [`${type.toLowerCase()}HeaderModifier`]: {
    ...(set === undefined ? {} : { set: pairs(set) }),
    ...(add === undefined ? {} : { add: pairs(add) }),
    ...(remove === undefined ? {} : { remove }),
  },
});

/** One of each kind, as several tests of the suite combine it with another filter. */
export const editsRequest = editing('Request', {
  set: { 'X-Colour': 'set-here' },
  add: { 'X-Size': 'size-here', 'X-List': 'more' },
  remove: ['X-Secret'],
});
/** What a client sends then, and what the backend must see. */
export const edited = {
  headers: { 'X-Secret': 'gone', 'X-List': 'some' },
  arrives: {
    headers: { 'X-Colour': 'set-here', 'X-Size': 'size-here', 'X-List': 'some,more' },
    absent: ['X-Secret'],
  },
};

const MANY = {
  set: { 'X-Set-1': 'one', 'X-Set-2': 'two' },
  add: { 'X-Add-1': 'one', 'X-Add-2': 'two', 'X-Add-3': 'three' },
  remove: ['X-Gone-1', 'X-Gone-2'],
};
const EDITS = {
  '/set': { set: { 'X-Colour': 'red' } },
  '/add': { add: { 'X-List': 'more' } },
  '/remove': { remove: ['X-Secret'] },
  '/many': MANY,
  '/any-case': { set: { 'X-Colour': 'red' }, add: { 'X-List': 'more' }, remove: ['X-Secret'] },
};
/** Path, what comes, what must leave, what must not. */
const STEPS: readonly (readonly [
  keyof typeof EDITS,
  Record<string, string>,
  Record<string, string>,
  string[]?,
])[] = [
  ['/set', { Other: 'kept' }, { Other: 'kept', 'X-Colour': 'red' }],
  ['/set', { Other: 'kept', 'X-Colour': 'blue' }, { Other: 'kept', 'X-Colour': 'red' }],
  ['/add', { Other: 'kept' }, { Other: 'kept', 'X-List': 'more' }],
  ['/add', { Other: 'kept', 'X-List': 'some' }, { Other: 'kept', 'X-List': 'some,more' }],
  ['/remove', { 'X-Secret': 'gone' }, {}, ['X-Secret']],
  [
    '/many',
    { 'X-Set-2': 'was', 'X-Add-2': 'was', 'X-Gone-1': 'gone', 'X-Gone-2': 'gone', Other: 'kept' },
    {
      'X-Set-1': 'one',
      'X-Set-2': 'two',
      'X-Add-1': 'one',
      'X-Add-2': 'was,two',
      'X-Add-3': 'three',
      Other: 'kept',
    },
    ['X-Gone-1', 'X-Gone-2'],
  ],
  [
    '/any-case',
    { 'x-colour': 'blue', 'x-list': 'some', 'x-secret': 'gone', Other: 'kept' },
    { 'X-Colour': 'red', 'X-List': 'some,more', Other: 'kept' },
    ['x-secret'],
  ],
];

/** `wrap` puts the filter where a test wants it: at the rule or at its backendRef. */
const requestTrial = (
  name: string,
  extended: readonly string[],
  wrap: (path: string, filter: Manifest) => Manifest,
): Trial => ({
  name,
  extended,
  manifests: [
    route(
      'edits',
      Object.entries(EDITS).map(([path, edits]) => wrap(path, editing('Request', edits))),
    ),
  ],
  asks: STEPS.map(([path, headers, wanted, absent = []]) =>
    ask(path, 'first', { headers, arrives: { path, headers: wanted, absent } }),
  ),
});

const answering = (path: string, headers: NonNullable<Behaviour['headers']>, more: Manifest) =>
  ask(path, 'first', { echo: { headers }, ...more });

const MIXED = { 'x-lower': 'a', 'x-Mixed-CASE': 'b', 'X-UPPER': 'c' };

export const headers: readonly Trial[] = [
  requestTrial('HTTPRouteRequestHeaderModifier', [], (path, filter) =>
    rule(prefix(path), 'first', { filters: [filter] }),
  ),
  requestTrial(
    'HTTPRouteBackendRequestHeaderModifier',
    ['HTTPRouteBackendRequestHeaderModification'],
    (path, filter) => rule(prefix(path), [ref('first', { port: 8080, filters: [filter] })]),
  ),
  {
    name: 'HTTPRouteRequestHeaderModifierBackendWeights',
    extended: ['HTTPRouteBackendRequestHeaderModification'],
    manifests: [
      route('told', [
        rule(
          undefined,
          ['first', 'second'].map((name) =>
            ref(name, { port: 8080, weight: 10, filters: [editing('Request', { set: { 'X-For': name } })] }),
          ),
        ),
      ]),
    ],
    asks: Array.from({ length: 100 }, () => ask('/', 'any', { told: 'X-For' })),
  },
  {
    name: 'HTTPRouteResponseHeaderModifier',
    extended: ['HTTPRouteResponseHeaderModification'],
    manifests: [
      route('answers', [
        ...Object.entries(EDITS).map(([path, edits]) =>
          rule(prefix(path), 'first', {
            filters: [
              editing(
                'Response',
                path === '/any-case' ? { ...edits, add: { 'X-List': 'more', ...MIXED } } : edits,
              ),
            ],
          }),
        ),
        rule(prefix('/both-ways'), 'first', { filters: [editing('Response', MANY), editsRequest] }),
      ]),
    ],
    asks: [
      ...STEPS.map(([path, sent, wanted, absent = []]) =>
        answering(path, sent, {
          answers: { headers: path === '/any-case' ? { ...wanted, ...MIXED } : wanted, absent },
        }),
      ),
      answering(
        '/both-ways',
        { 'X-Set-2': 'was', 'X-Add-2': 'was', 'X-Gone-1': 'gone', 'X-Gone-2': 'gone', 'X-Both': 'back' },
        {
          headers: { ...edited.headers, 'X-Both': 'there' },
          arrives: { ...edited.arrives, headers: { ...edited.arrives.headers, 'X-Both': 'there' } },
          answers: {
            headers: { 'X-Set-1': 'one', 'X-Set-2': 'two', 'X-Add-2': 'was,two', 'X-Both': 'back' },
            absent: ['X-Gone-1', 'X-Gone-2'],
          },
        },
      ),
    ],
  },
];
