/** Filters of an HTTPRoute: what the model gets, and each rule that goes across fields, broken once. */
import { test } from 'node:test';
import type { Expected } from '../../support/manifest.ts';
import { same } from '../../support/plain.ts';
import { type Case, read, rule, testCases } from './route-world.ts';

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

const filters: readonly Case[] = [
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

testCases('HTTPRoute', filters);
