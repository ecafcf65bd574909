/** HTTPRoute and GRPCRoute: defaults in the model, and each rule that goes across fields, broken once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyRoute } from '../../../host/model/resources.ts';
import { assertFindings, type Expected, readText } from '../../support/manifest.ts';
import { same } from '../../support/plain.ts';

const route = (spec: string, kind = 'HTTPRoute'): string =>
  `apiVersion: gateway.networking.k8s.io/v1\nkind: ${kind}\nmetadata: {name: r}\nspec: ${spec}\n`;
function read(spec: string, kind = 'HTTPRoute'): AnyRoute['spec'] {
  const { resources, diagnostics } = readText(route(spec, kind));
  same(diagnostics, []);
  const [only] = resources;
  assert.ok(only?.kind === 'HTTPRoute' || only?.kind === 'GRPCRoute');
  return only.spec;
}
const anyMatch = { path: { type: 'PathPrefix', value: '/' }, headers: [], queryParams: [] };

test('HTTPRoute: a route without rules has one that matches all', () => {
  same(read('{}').rules, [{ matches: [anyMatch], filters: [], backendRefs: [] }]);
  same(read('{rules: [{matches: []}]}').rules[0]?.matches, [anyMatch]);
  same(read('{rules: [{matches: [{method: GET}]}]}').rules[0]?.matches, [{ ...anyMatch, method: 'GET' }]);
});

test('HTTPRoute: parents, backends, timeouts and retry', () => {
  const spec = read(
    '{parentRefs: [{name: eg, sectionName: http, port: 80}], hostnames: ["*.example.com"], rules: [{name: a, backendRefs: [{name: b, port: 80}, {group: gateway.envoyproxy.io, kind: Backend, name: c, namespace: m, weight: 0}], timeouts: {request: 10s, backendRequest: 2s}, retry: {codes: [500], attempts: 4, backoff: 100ms}}]}',
  );
  same(spec.parentRefs, [
    { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'eg', sectionName: 'http', port: 80 },
  ]);
  same(spec.hostnames, ['*.example.com']);
  same(spec.rules[0], {
    name: 'a',
    matches: [anyMatch],
    filters: [],
    backendRefs: [
      { group: '', kind: 'Service', name: 'b', port: 80, weight: 1, filters: [] },
      { group: 'gateway.envoyproxy.io', kind: 'Backend', name: 'c', namespace: 'm', weight: 0, filters: [] },
    ],
    timeouts: { requestMs: 10_000, backendRequestMs: 2000 },
    retry: { codes: [500], attempts: 4, backoffMs: 100 },
  });
});

test('HTTPRoute: the five filters', () => {
  const spec = read(`
  rules:
  - matches: [{path: {value: /a}}]
    filters:
    - {type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: A, value: b}]}}
    - {type: ResponseHeaderModifier, responseHeaderModifier: {remove: [x]}}
    - {type: URLRewrite, urlRewrite: {hostname: a.b, path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}
    - {type: RequestMirror, requestMirror: {backendRef: {name: m, port: 80}, fraction: {numerator: 5}}}
    - {type: RequestMirror, requestMirror: {backendRef: {name: m, port: 80}, percent: 10}}
  - filters:
    - {type: RequestRedirect, requestRedirect: {scheme: https, path: {type: ReplaceFullPath, replaceFullPath: /x}}}`);
  same(spec.rules[0]?.filters, [
    {
      type: 'RequestHeaderModifier',
      requestHeaderModifier: { set: [{ name: 'A', value: 'b' }], add: [], remove: [] },
    },
    { type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [], add: [], remove: ['x'] } },
    {
      type: 'URLRewrite',
      urlRewrite: { hostname: 'a.b', path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } },
    },
    {
      type: 'RequestMirror',
      requestMirror: {
        backendRef: { group: '', kind: 'Service', name: 'm', port: 80 },
        fraction: { numerator: 5, denominator: 100 },
      },
    },
    {
      type: 'RequestMirror',
      requestMirror: { backendRef: { group: '', kind: 'Service', name: 'm', port: 80 }, percent: 10 },
    },
  ]);
  same(spec.rules[1]?.filters, [
    {
      type: 'RequestRedirect',
      requestRedirect: {
        scheme: 'https',
        path: { type: 'ReplaceFullPath', replaceFullPath: '/x' },
        statusCode: 302,
      },
    },
  ]);
});

test('GRPCRoute: methods, and a rule without matches', () => {
  const spec = read(
    '{rules: [{matches: [{method: {service: foo.Bar}}, {method: {type: RegularExpression, method: "Say.*"}, headers: [{name: a, value: b}]}]}, {backendRefs: [{name: b, port: 1}]}]}',
    'GRPCRoute',
  );
  same(spec.rules[0]?.matches, [
    { method: { type: 'Exact', service: 'foo.Bar' }, headers: [] },
    {
      method: { type: 'RegularExpression', method: 'Say.*' },
      headers: [{ type: 'Exact', name: 'a', value: 'b' }],
    },
  ]);
  same(spec.rules[1]?.matches, []);
});

test('HTTPRoute: 128 matches together are taken, 129 are not', () => {
  const rules = (last: number): string =>
    `{rules: [${[64, last].map((n) => `{matches: [${Array(n).fill('{method: GET}').join(', ')}]}`).join(', ')}, {matches: [{}]}]}`;
  same(readText(route(rules(63))).diagnostics, []);
  assertFindings(readText(route(rules(64))).diagnostics, [
    { code: 'list-length', field: 'spec.rules', says: /have 129 matches/, points: 'rules' },
  ]);
});

const rule = 'spec.rules[0]';
const http: readonly [name: string, spec: string, expected: Expected[]][] = [
  [
    'backendRef without port',
    '{rules: [{backendRefs: [{name: b}]}]}',
    [
      {
        code: 'field-missing',
        field: `${rule}.backendRefs[0].port`,
        says: /Service "b" has no port/,
        points: 'b',
      },
    ],
  ],
  [
    'weight too large',
    '{rules: [{backendRefs: [{name: b, port: 1, weight: 1000001}]}]}',
    [
      {
        code: 'value-out-of-range',
        field: `${rule}.backendRefs[0].weight`,
        says: /from 0 to 1000000/,
        points: '1000001',
      },
    ],
  ],
  [
    'host name with a port',
    '{hostnames: ["a.b:80"]}',
    [
      {
        code: 'hostname-invalid',
        field: 'spec.hostnames[0]',
        says: /a host name/,
        hint: /port belongs to the listener/,
        points: '"a.b:80"',
      },
    ],
  ],
  [
    'path without slash',
    '{rules: [{matches: [{path: {value: app}}]}]}',
    [
      {
        code: 'path-invalid',
        field: `${rule}.matches[0].path.value`,
        says: /must start with "\/"/,
        hint: /"\/app"/,
        points: 'app',
      },
    ],
  ],
  ...['/a//b', '/a/../b', '/a/..', '/a%2fb', '/a#b'].map((path): [string, string, Expected[]] => [
    `path ${path}`,
    `{rules: [{matches: [{path: {type: Exact, value: "${path}"}}]}]}`,
    [
      {
        code: 'path-invalid',
        field: `${rule}.matches[0].path.value`,
        says: /must not hold/,
        points: `"${path}"`,
      },
    ],
  ]),
  [
    'path with a star',
    '{rules: [{matches: [{path: {value: "/[a-z]"}}]}]}',
    [
      {
        code: 'path-invalid',
        field: `${rule}.matches[0].path.value`,
        says: /must hold only/,
        hint: /RegularExpression/,
        points: '"/[a-z]"',
      },
    ],
  ],
  [
    'header twice in a match',
    '{rules: [{matches: [{headers: [{name: A, value: x}, {name: a, value: z}]}]}]}',
    [
      {
        code: 'match-duplicate',
        field: `${rule}.matches[0].headers[1].name`,
        says: /occurs twice/,
        points: 'a',
      },
    ],
  ],
  [
    'method in lower case',
    '{rules: [{matches: [{method: get}]}]}',
    [
      {
        code: 'value-unknown',
        field: `${rule}.matches[0].method`,
        says: /not "get"/,
        hint: /GET/,
        points: 'get',
      },
    ],
  ],
  [
    'backendRequest longer than request',
    '{rules: [{timeouts: {request: 1s, backendRequest: 2s}}]}',
    [
      {
        code: 'value-out-of-range',
        field: `${rule}.timeouts.backendRequest`,
        says: /at most request, 1s, not 2s/,
        points: '2s',
      },
    ],
  ],
  [
    'retry on 200',
    '{rules: [{retry: {codes: [200]}}]}',
    [{ code: 'value-out-of-range', field: `${rule}.retry.codes[0]`, says: /from 400 to 599/, points: '200' }],
  ],
  [
    'no rules at all',
    '{rules: []}',
    [{ code: 'list-length', field: 'spec.rules', says: /has 0 items/, points: 'rules' }],
  ],
  [
    'two rules with a name',
    '{rules: [{name: a}, {name: a}]}',
    [{ code: 'rule-duplicate', field: 'spec.rules[1].name', says: /taken by spec\.rules\[0\]/, points: 'a' }],
  ],
  [
    'one parent twice',
    '{parentRefs: [{name: eg}, {name: eg}]}',
    [
      {
        code: 'parent-duplicate',
        field: 'spec.parentRefs[1].name',
        says: /same parent as spec\.parentRefs\[0\]/,
        points: 'eg',
      },
    ],
  ],
  [
    'one parent, of which one reference has no section',
    '{parentRefs: [{name: eg, sectionName: a}, {name: eg}]}',
    [{ code: 'parent-duplicate', field: 'spec.parentRefs[1].name', says: /same parent/, points: 'eg' }],
  ],
  [
    'redirect beside backends',
    '{rules: [{filters: [{type: RequestRedirect, requestRedirect: {}}], backendRefs: [{name: b, port: 1}]}]}',
    [
      {
        code: 'filter-conflict',
        field: `${rule}.filters[0].type`,
        says: /RequestRedirect is not allowed with backendRefs/,
        points: 'RequestRedirect',
      },
    ],
  ],
  [
    'redirect and rewrite',
    '{rules: [{filters: [{type: RequestRedirect, requestRedirect: {}}, {type: URLRewrite, urlRewrite: {}}]}]}',
    [
      {
        code: 'filter-conflict',
        field: `${rule}.filters[0].type`,
        says: /RequestRedirect and URLRewrite/,
        points: 'RequestRedirect',
      },
    ],
  ],
  [
    'filter twice',
    '{rules: [{filters: [{type: URLRewrite, urlRewrite: {}}, {type: URLRewrite, urlRewrite: {}}]}]}',
    [
      {
        code: 'filter-conflict',
        field: `${rule}.filters[1].type`,
        says: /occurs twice/,
        points: 'URLRewrite',
      },
    ],
  ],
  [
    'filter without its field',
    '{rules: [{filters: [{type: URLRewrite}]}]}',
    [
      {
        code: 'field-missing',
        field: `${rule}.filters[0].urlRewrite`,
        says: /urlRewrite is missing/,
        points: 'URLRewrite',
      },
    ],
  ],
  [
    'filter with another’s field',
    '{rules: [{filters: [{type: URLRewrite, urlRewrite: {}, cors: {}}]}]}',
    [
      {
        code: 'field-conflict',
        field: `${rule}.filters[0].cors`,
        says: /cors is not allowed with filter type URLRewrite/,
        points: 'cors',
      },
    ],
  ],
  [
    'filter of an unknown type',
    '{rules: [{filters: [{type: UrlRewrite, urlRewrite: {}}]}]}',
    [
      {
        code: 'value-unknown',
        field: `${rule}.filters[0].type`,
        says: /not "UrlRewrite"/,
        hint: /URLRewrite/,
        points: 'UrlRewrite',
      },
    ],
  ],
  [
    'filter ExternalAuth is refused, never left out',
    '{rules: [{filters: [{type: ExternalAuth, externalAuth: {}}]}]}',
    [
      {
        code: 'filter-not-supported',
        field: `${rule}.filters[0].type`,
        says: /not supported/,
        points: 'ExternalAuth',
      },
    ],
  ],
  ...(
    [
      ['https://*.a.test/', 'allowOrigins', 'field-type', /must be an origin, as https/, /has no path/],
      ['a.test', 'allowOrigins', 'field-type', /must be an origin/],
      ['ftp://a.test', 'allowOrigins', 'field-type', /must be an origin/],
      ['https://a.*.test', 'allowOrigins', 'field-type', /must be an origin/],
      ['https://a.test:port', 'allowOrigins', 'field-type', /must be an origin/],
      ['get', 'allowMethods', 'value-unknown', /must be one of GET/],
      ['x y', 'allowHeaders', 'header-name-invalid', /must be an HTTP header name/],
    ] as const
  ).map(([value, field, code, says, hint]): [string, string, Expected[]] => [
    `CORS: ${value} in ${field}`,
    `{rules: [{filters: [{type: CORS, cors: {${field}: ['${value}']}}]}]}`,
    [
      {
        code,
        field: `${rule}.filters[0].cors.${field}[0]`,
        says,
        points: `'${value}'`,
        ...(hint && { hint }),
      },
    ],
  ]),
  [
    'CORS beside a redirect',
    "{rules: [{filters: [{type: RequestRedirect, requestRedirect: {port: 81}}, {type: CORS, cors: {allowOrigins: ['*']}}]}]}",
    [
      {
        code: 'filter-conflict',
        field: `${rule}.filters[1].type`,
        says: /no effect beside RequestRedirect/,
        points: 'CORS',
        severity: 'warning',
      },
    ],
  ],
  [
    'CORS: * beside others, values twice, no age',
    "{rules: [{filters: [{type: CORS, cors: {allowOrigins: ['https://a.test', '*'], exposeHeaders: [x, x], maxAge: 0}}]}]}",
    [
      {
        code: 'field-conflict',
        field: `${rule}.filters[0].cors.allowOrigins[1]`,
        says: /\* beside other/,
        points: "'*'",
      },
      {
        code: 'value-duplicate',
        field: `${rule}.filters[0].cors.exposeHeaders[1]`,
        says: /occurs twice/,
        points: 'x',
      },
      {
        code: 'value-out-of-range',
        field: `${rule}.filters[0].cors.maxAge`,
        says: /at least 1/,
        points: '0',
      },
    ],
  ],
  [
    'prefix replaced without a prefix match',
    '{rules: [{matches: [{path: {type: Exact, value: /a}}], filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /b}}}]}]}',
    [
      {
        code: 'filter-conflict',
        field: `${rule}.filters[0].urlRewrite.path.replacePrefixMatch`,
        says: /no single prefix/,
        points: '/b',
      },
    ],
  ],
  [
    'path modifier without its value',
    '{rules: [{filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplaceFullPath}}}]}]}',
    [
      {
        code: 'field-missing',
        field: `${rule}.filters[0].urlRewrite.path.replaceFullPath`,
        says: /replaceFullPath is missing/,
        points: 'ReplaceFullPath',
      },
    ],
  ],
  [
    'header set twice',
    '{rules: [{filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: A, value: x}, {name: a, value: z}]}}]}]}',
    [
      {
        code: 'header-duplicate',
        field: `${rule}.filters[0].requestHeaderModifier.set[1].name`,
        says: /occurs twice in set/,
        points: 'a',
      },
    ],
  ],
  [
    'header to remove without a name',
    '{rules: [{filters: [{type: RequestHeaderModifier, requestHeaderModifier: {remove: [""]}}]}]}',
    [
      {
        code: 'field-type',
        field: `${rule}.filters[0].requestHeaderModifier.remove[0]`,
        says: /a header name, on one line/,
        points: '""',
      },
    ],
  ],
  [
    'new path with a line break',
    '{rules: [{filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplaceFullPath, replaceFullPath: "/a\\nb"}}}]}]}',
    [
      {
        code: 'field-type',
        field: `${rule}.filters[0].urlRewrite.path.replaceFullPath`,
        says: /on one line/,
        points: '"/a\\nb"',
      },
    ],
  ],
  [
    'header name with a space',
    '{rules: [{filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: "A b", value: x}]}}]}]}',
    [
      {
        code: 'header-name-invalid',
        field: `${rule}.filters[0].requestHeaderModifier.set[0].name`,
        says: /an HTTP header name/,
        points: '"A b"',
      },
    ],
  ],
  [
    'mirror with percent and fraction',
    '{rules: [{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: b, port: 1}, percent: 1, fraction: {numerator: 1}}}]}]}',
    [
      {
        code: 'field-conflict',
        field: `${rule}.filters[0].requestMirror.fraction`,
        says: /percent and fraction/,
        points: 'fraction',
      },
    ],
  ],
  [
    'mirror of more than all',
    '{rules: [{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: b, port: 1}, fraction: {numerator: 101}}}]}]}',
    [
      {
        code: 'value-out-of-range',
        field: `${rule}.filters[0].requestMirror.fraction.numerator`,
        says: /at most the denominator, 100, not 101/,
        points: '101',
      },
    ],
  ],
];
const grpc: readonly [name: string, spec: string, expected: Expected[]][] = [
  [
    'method match that names nothing',
    '{rules: [{matches: [{method: {type: Exact}}]}]}',
    [
      {
        code: 'field-missing',
        field: `${rule}.matches[0].method`,
        says: /neither service nor method/,
        points: 'method',
      },
    ],
  ],
  [
    'service with a slash',
    '{rules: [{matches: [{method: {service: a/b}}]}]}',
    [
      {
        code: 'name-invalid',
        field: `${rule}.matches[0].method.service`,
        says: /a service name/,
        points: 'a/b',
      },
    ],
  ],
  [
    'timeouts are no field of a GRPCRoute',
    '{rules: [{timeouts: {}}]}',
    [{ code: 'field-unknown', field: `${rule}.timeouts`, says: /not a field/, points: 'timeouts' }],
  ],
  [
    'URLRewrite is no filter of a GRPCRoute',
    '{rules: [{filters: [{type: URLRewrite, urlRewrite: {}}]}]}',
    [
      {
        code: 'value-unknown',
        field: `${rule}.filters[0].type`,
        says: /not "URLRewrite"/,
        points: 'URLRewrite',
      },
    ],
  ],
];
for (const [kind, cases] of [
  ['HTTPRoute', http],
  ['GRPCRoute', grpc],
] as const) {
  for (const [name, spec, expected] of cases) {
    test(`${kind}: ${name}`, () => {
      const { resources, diagnostics } = readText(route(spec, kind));
      assertFindings(diagnostics, expected);
      assert.equal(resources.length, expected.some((e) => e.severity === undefined) ? 0 : 1);
    });
  }
}
