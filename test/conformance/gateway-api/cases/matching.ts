/** HTTPRoute: which requests a rule is for. */
import { ask, exact, pairs, prefix, route, rule, type Trial, withHeaders } from '../words.ts';

/** The headers of a request as the one further field of an `ask`. */
const having = (headers: Readonly<Record<string, string>>) => ({ headers });
const query = (values: Readonly<Record<string, string>>, more = {}) => ({
  queryParams: pairs(values),
  ...more,
});

const across = [
  route('all', [rule([prefix('/'), withHeaders({ edition: 'old' })], 'first')], {
    hostnames: ['shop.test', 'shop.example'],
  }),
  route('new', [rule([prefix('/new'), withHeaders({ edition: 'new' })], 'second')], {
    hostnames: ['shop.test'],
  }),
];

export const matching: readonly Trial[] = [
  {
    name: 'HTTPRouteSimpleSameNamespace',
    manifests: [route('plain', [rule(undefined, 'first')])],
    asks: [ask('/', 'first')],
  },
  {
    name: 'HTTPRouteExactPathMatching',
    manifests: [route('exact', [rule(exact('/tea'), 'first'), rule(exact('/milk'), 'second')])],
    asks: [
      ask('/tea', 'first'),
      ask('/milk', 'second'),
      ...['/', '/tea/green', '/milk/', '/Milk'].map((path) => ask(path, 404)),
    ],
  },
  {
    name: 'HTTPRouteHeaderMatching',
    manifests: [
      route('headers', [
        rule(withHeaders({ edition: 'old' }), 'first'),
        rule(withHeaders({ edition: 'new' }), 'second'),
        rule(withHeaders({ edition: 'new', paper: 'thick' }), 'first'),
        rule([withHeaders({ paper: 'white' }), withHeaders({ paper: 'grey' })], 'first'),
        rule([withHeaders({ paper: 'brown' }), withHeaders({ paper: 'black' })], 'second'),
      ]),
    ],
    asks: [
      ask('/', 'first', having({ Edition: 'old' })),
      ask('/', 'second', having({ Edition: 'new' })),
      ask('/', 'first', having({ Edition: 'new', Paper: 'thick' })),
      ask('/', 'second', having({ Edition: 'new', Paper: 'white' })),
      ask('/', 404, having({ Paper: 'thick' })),
      ask('/', 404, having({ 'Something-Else': 'old' })),
      ask('/', 'first', having({ Paper: 'white' })),
      ask('/', 'first', having({ Paper: 'grey' })),
      ask('/', 'second', having({ Paper: 'brown' })),
      ask('/', 'second', having({ Paper: 'black' })),
      ask('/', 404, having({ Paper: 'pink' })),
    ],
  },
  {
    name: 'HTTPRouteMatching',
    manifests: [
      route('both', [
        rule([prefix('/'), withHeaders({ edition: 'old' })], 'first'),
        rule([prefix('/new'), withHeaders({ edition: 'new' })], 'second'),
      ]),
    ],
    asks: [
      ask('/', 'first'),
      ask('/page', 'first'),
      ask('/', 'first', having({ Edition: 'old' })),
      ask('/new', 'second'),
      ask('/new/page', 'second'),
      ask('/', 'second', having({ Edition: 'new' })),
      ask('/new/', 'second'),
      ask('/newpage', 'first'),
      ask('/some/new/page', 'first'),
    ],
  },
  {
    name: 'HTTPRouteMatchingAcrossRoutes',
    manifests: across,
    asks: [
      ...['/', '/page'].map((path) => ask(path, 'first', { host: 'shop.test' })),
      ask('/page', 'first', { host: 'shop.example' }),
      ask('/page', 'first', { host: 'shop.test', ...having({ Edition: 'old' }) }),
      ask('/new', 'second', { host: 'shop.test' }),
      ask('/new', 'first', { host: 'shop.example' }),
      ask('/new/page', 'second', { host: 'shop.test' }),
      ask('/', 'second', { host: 'shop.test', ...having({ Edition: 'new' }) }),
    ],
  },
  {
    name: 'HTTPRoutePathMatchOrder',
    manifests: [
      route('order', [
        rule(exact('/a'), 'first'),
        rule(exact('/a/same'), 'second'),
        rule(exact('/a/same/page'), 'third'),
        rule(prefix('/a/'), 'third'),
        rule(prefix('/a/below/'), 'first'),
        rule(prefix('/a/below/page'), 'second'),
      ]),
    ],
    asks: [
      ask('/a/same/page', 'third'),
      ask('/a/same', 'second'),
      ask('/a', 'first'),
      ask('/a/below/page/more', 'second'),
      ask('/a/below/more', 'first'),
      ask('/a/more', 'third'),
    ],
  },
  {
    name: 'HTTPRouteMethodMatching',
    extended: ['HTTPRouteMethodMatching'],
    manifests: [
      route('methods', [
        rule({ method: 'POST' }, 'first'),
        rule({ method: 'GET' }, 'second'),
        rule(prefix('/a', { method: 'GET' }), 'first'),
        rule(withHeaders({ edition: 'old' }, { method: 'PUT' }), 'second'),
        rule(prefix('/b', withHeaders({ edition: 'new' }, { method: 'POST' })), 'third'),
        rule(
          [
            prefix('/c', { method: 'PATCH' }),
            prefix('/d', withHeaders({ edition: 'next' }, { method: 'DELETE' })),
          ],
          'first',
        ),
        rule(prefix('/e'), 'first'),
        rule({ method: 'PATCH' }, 'second'),
        rule(withHeaders({ edition: 'last' }), 'third'),
      ]),
    ],
    asks: [
      ask('/', 'first', { method: 'POST' }),
      ask('/', 'second'),
      ask('/', 404, { method: 'HEAD' }),
      ask('/a', 'first'),
      ask('/', 'second', { method: 'PUT', ...having({ edition: 'old' }) }),
      ask('/b', 'third', { method: 'POST', ...having({ edition: 'new' }) }),
      ask('/c', 'first', { method: 'PATCH' }),
      ask('/d', 'first', { method: 'DELETE', ...having({ edition: 'next' }) }),
      ask('/', 404, { method: 'PUT' }),
      ask('/d', 404, { method: 'DELETE' }),
      ask('/e', 'first', { method: 'PATCH' }),
      ask('/', 'second', { method: 'PATCH', ...having({ edition: 'last' }) }),
    ],
  },
  {
    name: 'HTTPRouteQueryParamMatching',
    extended: ['HTTPRouteQueryParamMatching'],
    manifests: [
      route('queries', [
        rule(query({ fruit: 'plum' }), 'first'),
        rule(query({ fruit: 'pear' }), 'second'),
        rule([query({ fruit: 'pear', kind: 'ripe' }), query({ FRUIT: 'Plum' })], 'third'),
        rule(prefix('/a', query({ fruit: 'plum' })), 'first'),
        rule(withHeaders({ edition: 'old' }, query({ fruit: 'plum' })), 'second'),
        rule(prefix('/b', withHeaders({ edition: 'new' }, query({ fruit: 'plum' }))), 'third'),
        rule(
          [
            prefix('/c', query({ fruit: 'fig' })),
            prefix('/d', withHeaders({ edition: 'next' }, query({ fruit: 'lime' }))),
          ],
          'first',
        ),
        rule(prefix('/e'), 'first'),
        rule(query({ fruit: 'date' }), 'second'),
        rule(withHeaders({ edition: 'last' }), 'third'),
      ]),
    ],
    asks: [
      ask('/?fruit=plum', 'first'),
      ask('/?fruit=pear', 'second'),
      ask('/?fruit=pear&kind=ripe', 'third'),
      ask('/?FRUIT=Plum', 'third'),
      ask('/?fruit=plum&more=any', 'first'),
      ask('/?fruit=pear&kind=green', 'second'),
      ...['/?kind=ripe', '/?fruit=nut', '/?fruit=plumpear', '/'].map((path) => ask(path, 404)),
      ask('/a?fruit=plum', 'first'),
      ask('/?fruit=plum', 'second', having({ edition: 'old' })),
      ask('/b?fruit=plum', 'third', having({ edition: 'new' })),
      ask('/c?fruit=fig', 'first'),
      ask('/d?fruit=lime', 'first', having({ edition: 'next' })),
      ...['/?fruit=fig', '/d?fruit=lime'].map((path) => ask(path, 404)),
      ask('/e?fruit=date', 'first'),
      ask('/?fruit=date', 'third', having({ edition: 'last' })),
    ],
  },
];
