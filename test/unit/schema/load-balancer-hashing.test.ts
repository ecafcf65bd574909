/**
 * The type of a load balancer and the keys of ConsistentHash: what the CRD, the translator or Envoy refuses,
 * broken once.
 */
import { balancer, type Case, lb, testCases } from './load-balancer-world.ts';

const cases: readonly Case[] = [
  {
    name: 'type missing',
    spec: balancer('slowStart: {window: 10s}'),
    expected: [
      {
        code: 'field-missing',
        field: `${lb}.type`,
        says: /spec\.loadBalancer\.type is missing/,
        points: 'loadBalancer',
      },
    ],
  },
  {
    name: 'type unknown, with what others call it',
    spec: balancer('type: Maglev'),
    expected: [
      {
        code: 'value-unknown',
        field: `${lb}.type`,
        says: /must be one of RoundRobin, .* not "Maglev"/,
        hint: /ConsistentHash/,
        points: 'Maglev',
      },
    ],
  },
  {
    name: 'type mistyped, with the nearest',
    spec: balancer('type: roundrobin'),
    expected: [
      {
        code: 'value-unknown',
        field: `${lb}.type`,
        says: /not "roundrobin"/,
        hint: /Did you mean RoundRobin\?/,
        points: 'roundrobin',
      },
    ],
  },
  {
    name: 'consistentHash type unknown',
    spec: balancer('type: ConsistentHash\nconsistentHash: {type: Path}'),
    expected: [
      {
        code: 'value-unknown',
        field: `${lb}.consistentHash.type`,
        says: /SourceIP, Header, Headers, Cookie, QueryParams, not "Path"/,
        points: 'Path',
      },
    ],
  },
  ...[1, 5_000_012, 1.5, '"65537"'].map(
    (size): Case => ({
      name: `tableSize ${size}`,
      spec: balancer(`type: ConsistentHash\nconsistentHash: {type: SourceIP, tableSize: ${size}}`),
      expected: [
        {
          code: 'value-out-of-range',
          field: `${lb}.consistentHash.tableSize`,
          says: /from 2 to 5000011, not/,
          points: String(size),
          ...(size === '"65537"' ? { hint: /Remove the quotes/ } : {}),
        },
      ],
    }),
  ),
  {
    name: 'tableSize not prime',
    spec: balancer('type: ConsistentHash\nconsistentHash: {type: SourceIP, tableSize: 1024}'),
    expected: [
      {
        code: 'table-size-not-prime',
        field: `${lb}.consistentHash.tableSize`,
        says: /prime number, not 1024/,
        hint: /1021 or 1031/,
        points: '1024',
      },
    ],
    invalid: /^LoadBalancer: ConsistentHash: invalid TableSize value 1024\.$/,
  },
  ...['Header\n  header', 'Cookie\n  cookie'].flatMap((type) =>
    ['""', '"a b"'].map(
      (name): Case => ({
        name: `${type.split('\n')[0]} name ${name}`,
        spec: balancer(`type: ConsistentHash\nconsistentHash:\n  type: ${type}: {name: ${name}}`),
        expected: [
          {
            code: name === '""' ? 'name-empty' : 'name-invalid',
            field: `${lb}.consistentHash.${type.split('  ')[1]}.name`,
            says: name === '""' ? /is empty/ : /holds a character/,
            points: name,
          },
        ],
        invalid: /LoadBalancer: ConsistentHash: the name of the (header|cookie)/,
      }),
    ),
  ),
  {
    name: 'a query parameter without a name, in a list',
    spec: balancer(
      'type: ConsistentHash\nconsistentHash:\n  type: QueryParams\n  queryParams: [{name: a}, {name: ""}]',
    ),
    expected: [
      {
        code: 'name-empty',
        field: `${lb}.consistentHash.queryParams[1].name`,
        says: /query parameter is empty/,
        points: '""',
      },
    ],
    invalid: /query parameter is empty/,
  },
  ...['Headers\n  headers', 'QueryParams\n  queryParams'].map(
    (type): Case => ({
      name: `${type.split('\n')[0]} with an empty list`,
      spec: balancer(`type: ConsistentHash\nconsistentHash:\n  type: ${type}: []`),
      expected: [
        {
          code: 'list-empty',
          field: `${lb}.consistentHash.${type.split('  ')[1]}`,
          says: /is empty: there would be no key/,
          points: type.split('  ')[1]!,
        },
      ],
      invalid: /is empty/,
    }),
  ),
  {
    name: 'a cookie attribute that would write a second one',
    spec: balancer(
      'type: ConsistentHash\nconsistentHash: {type: Cookie, cookie: {name: a, attributes: {SameSite: "Strict; Domain=x"}}}',
    ),
    expected: [
      {
        code: 'cookie-attribute-invalid',
        field: `${lb}.consistentHash.cookie.attributes.SameSite`,
        says: /SameSite/,
        points: '"Strict; Domain=x"',
      },
    ],
    invalid: /cookie attribute/,
  },
];
testCases(cases);
