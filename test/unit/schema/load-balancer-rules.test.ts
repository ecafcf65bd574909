/**
 * Each validation rule of spec.loadBalancer in Envoy Gateway's CRD, and each that only its translator or
 * Envoy finds: each is broken once, and must be reported with its code, field, place and hint. `rule` numbers
 * are those of the CRD's list, in its order.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertFindings, type Expected, policyWith, readText } from '../../support/manifest.ts';

interface Case {
  readonly name: string;
  readonly spec: string;
  readonly expected: readonly Expected[];
  /** The status message of a policy that stays in the model; absent: the document is refused. */
  readonly invalid?: RegExp;
}

const lb = 'spec.loadBalancer';
const balancer = (lines: string): string =>
  `loadBalancer:\n${lines
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')}`;

const cases: readonly Case[] = [
  {
    name: '1: ConsistentHash without consistentHash',
    spec: balancer('type: ConsistentHash'),
    expected: [
      {
        code: 'field-missing',
        field: `${lb}.consistentHash`,
        says: /type is ConsistentHash, but consistentHash is missing/,
        hint: /SourceIP/,
        points: 'ConsistentHash',
      },
    ],
  },
  {
    name: '1: consistentHash beside another type',
    spec: balancer('type: RoundRobin\nconsistentHash: {type: SourceIP}'),
    expected: [
      {
        code: 'field-conflict',
        field: `${lb}.consistentHash`,
        says: /with type RoundRobin/,
        hint: /type: ConsistentHash/,
        points: 'consistentHash',
      },
    ],
  },
  {
    name: '2: BackendUtilization without backendUtilization',
    spec: balancer('type: BackendUtilization'),
    expected: [
      {
        code: 'field-missing',
        field: `${lb}.backendUtilization`,
        says: /backendUtilization is missing/,
        hint: /backendUtilization: \{\}/,
        points: 'BackendUtilization',
      },
    ],
  },
  {
    name: '2: an empty backendUtilization counts as absent',
    spec: balancer('type: BackendUtilization\nbackendUtilization:'),
    expected: [
      {
        code: 'field-missing',
        field: `${lb}.backendUtilization`,
        says: /is missing/,
        hint: /backendUtilization: \{\}/,
        points: 'BackendUtilization',
      },
    ],
  },
  {
    name: '2: backendUtilization beside another type',
    spec: balancer('type: Random\nbackendUtilization: {}'),
    expected: [
      {
        code: 'field-conflict',
        field: `${lb}.backendUtilization`,
        says: /with type Random/,
        points: 'backendUtilization',
      },
    ],
  },
  {
    name: '3, 7, 9: DynamicModule is refused by name, whatever is not allowed with it',
    spec: balancer(
      'type: DynamicModule\nzoneAware: {preferLocal: {}}\nendpointOverride: {extractFrom: [{header: x}]}\nslowStart: {window: 1s}',
    ),
    expected: [
      {
        code: 'value-not-supported',
        field: `${lb}.type`,
        says: /DynamicModule is not supported/,
        points: 'DynamicModule',
      },
    ],
  },
  {
    name: '3: dynamicModule beside another type',
    spec: balancer('type: RoundRobin\ndynamicModule: {name: m, lbPolicyName: p}'),
    expected: [
      {
        code: 'field-conflict',
        field: `${lb}.dynamicModule`,
        says: /with type RoundRobin/,
        points: 'dynamicModule',
      },
    ],
  },
  ...['Random', 'ConsistentHash\n  consistentHash: {type: SourceIP}'].map(
    (type): Case => ({
      name: `4: slowStart with ${type.split('\n')[0]}`,
      spec: `loadBalancer:\n  type: ${type}\n  slowStart: {window: 10s}`,
      expected: [
        {
          code: 'field-conflict',
          field: `${lb}.slowStart`,
          says: /slowStart is not allowed with type (Random|ConsistentHash)/,
          points: 'slowStart',
        },
      ],
    }),
  ),
  {
    name: '5: preferLocal with ConsistentHash',
    spec: balancer('type: ConsistentHash\nconsistentHash: {type: SourceIP}\nzoneAware: {preferLocal: {}}'),
    expected: [
      {
        code: 'field-conflict',
        field: `${lb}.zoneAware.preferLocal`,
        says: /with type ConsistentHash/,
        hint: /weightedZones/,
        points: 'preferLocal',
      },
    ],
  },
  {
    name: '6: preferLocal with BackendUtilization',
    spec: balancer('type: BackendUtilization\nbackendUtilization: {}\nzoneAware: {preferLocal: {}}'),
    expected: [
      {
        code: 'field-conflict',
        field: `${lb}.zoneAware.preferLocal`,
        says: /with type BackendUtilization/,
        hint: /weightedZones/,
        points: 'preferLocal',
      },
    ],
  },
  {
    name: '8: preferLocal and weightedZones',
    spec: balancer(
      'type: RoundRobin\nzoneAware:\n  preferLocal: {}\n  weightedZones: [{zone: a, weight: 1}]',
    ),
    expected: [
      {
        code: 'field-conflict',
        field: `${lb}.zoneAware.weightedZones`,
        says: /preferLocal and weightedZones/,
        points: 'weightedZones',
      },
    ],
  },
  ...(
    [
      ['10', 'Header', 'header'],
      ['11', 'Headers', 'headers'],
      ['12', 'Cookie', 'cookie'],
      ['13', 'QueryParams', 'queryParams'],
    ] as const
  ).map(
    ([rule, type, field]): Case => ({
      name: `${rule}: consistentHash type ${type} without ${field}`,
      spec: balancer(`type: ConsistentHash\nconsistentHash:\n  type: ${type}`),
      expected: [
        {
          code: 'field-missing',
          field: `${lb}.consistentHash.${field}`,
          says: new RegExp(`type is ${type}, but ${field} is missing`),
          hint: new RegExp(`${field}: `),
          points: type,
        },
      ],
    }),
  ),
  ...(
    [
      ['10', 'header: {name: a}'],
      ['11', 'headers: [{name: a}]'],
      ['12', 'cookie: {name: a}'],
      ['13', 'queryParams: [{name: a}]'],
    ] as const
  ).map(
    ([rule, line]): Case => ({
      name: `${rule}: ${line} beside type SourceIP`,
      spec: balancer(`type: ConsistentHash\nconsistentHash:\n  type: SourceIP\n  ${line}`),
      expected: [
        {
          code: 'field-conflict',
          field: `${lb}.consistentHash.${line.split(':')[0]}`,
          says: /with consistentHash type SourceIP/,
          points: line.split(':')[0]!,
        },
      ],
    }),
  ),
  {
    name: '14: reportingPeriod 0',
    spec: balancer('type: BackendUtilization\nbackendUtilization: {outOfBand: {reportingPeriod: 0s}}'),
    expected: [
      {
        code: 'duration-invalid',
        field: `${lb}.backendUtilization.outOfBand.reportingPeriod`,
        says: /greater than 0, .* not "0s"/,
        points: '0s',
      },
    ],
  },
  ...['LeastRequest', 'ConsistentHash\n  consistentHash: {type: SourceIP}'].map(
    (type): Case => ({
      name: `15: predictivePercent with ${type.split('\n')[0]}`,
      spec: `loadBalancer:\n  type: ${type}\nconnection: {preconnect: {predictivePercent: 150}}`,
      expected: [
        {
          code: 'field-conflict',
          field: 'spec.connection.preconnect.predictivePercent',
          says: /predictivePercent is not allowed with/,
          points: '150',
        },
      ],
    }),
  ),
  {
    name: '15: predictivePercent without a load balancer',
    spec: 'connection: {preconnect: {predictivePercent: 150}}',
    expected: [
      {
        code: 'field-conflict',
        field: 'spec.connection.preconnect.predictivePercent',
        says: /no load balancer type/,
        points: '150',
      },
    ],
  },
  // Schema
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
  ...['0', '-1'].map(
    (weight): Case => ({
      name: `zone weight ${weight}`,
      spec: balancer(`type: RoundRobin\nzoneAware: {weightedZones: [{zone: a, weight: ${weight}}]}`),
      expected: [
        {
          code: 'value-out-of-range',
          field: `${lb}.zoneAware.weightedZones[0].weight`,
          says: /at least 1, not/,
          points: weight,
        },
      ],
      invalid: /invalid weight/,
    }),
  ),
  {
    name: 'a zone twice',
    spec: balancer(
      'type: RoundRobin\nzoneAware:\n  weightedZones:\n  - {zone: a, weight: 1}\n  - {zone: a, weight: 2}',
    ),
    expected: [
      {
        code: 'zone-duplicate',
        field: `${lb}.zoneAware.weightedZones[1].zone`,
        says: /occurs twice; the first is weightedZones\[0\]/,
        points: 'a',
      },
    ],
  },
  {
    name: 'percentageEnabled 101',
    spec: balancer('type: RoundRobin\nzoneAware: {preferLocal: {percentageEnabled: 101}}'),
    expected: [
      {
        code: 'value-out-of-range',
        field: `${lb}.zoneAware.preferLocal.percentageEnabled`,
        says: /from 0 to 100, not 101/,
        points: '101',
      },
    ],
  },
  {
    name: 'slowStart without window',
    spec: balancer('type: RoundRobin\nslowStart: {}'),
    expected: [
      {
        code: 'field-missing',
        field: `${lb}.slowStart.window`,
        says: /window is missing/,
        points: 'slowStart',
      },
    ],
  },
  ...[
    ['"10"', /Add a unit: "10s"/],
    ['1.5s', /"1500ms"/],
    ['2d', /"48h"/],
    ['10 s', /^$/],
  ].map(
    ([window, hint]): Case => ({
      name: `slowStart window ${window}`,
      spec: balancer(`type: RoundRobin\nslowStart: {window: ${window}}`),
      expected: [
        {
          code: 'duration-invalid',
          field: `${lb}.slowStart.window`,
          says: /must be a duration/,
          hint: hint as RegExp,
          points: String(window),
        },
      ],
    }),
  ),
  {
    name: 'slowStart window 0s: accepted with a warning',
    spec: balancer('type: RoundRobin\nslowStart: {window: 0s}'),
    expected: [
      {
        code: 'value-without-effect',
        field: `${lb}.slowStart.window`,
        says: /0s/,
        points: '0s',
        severity: 'warning',
      },
    ],
    invalid: /^$/,
  },
  ...(
    [
      ['blackoutPeriod', '10s'],
      ['weightExpirationPeriod', '3m'],
      ['weightUpdatePeriod', '1s'],
    ] as const
  ).map(
    ([period, usual]): Case => ({
      name: `${period} 0s: accepted, and Envoy's default is named`,
      spec: balancer(`type: BackendUtilization\nbackendUtilization: {${period}: 0s}`),
      expected: [
        {
          code: 'value-without-effect',
          field: `${lb}.backendUtilization.${period}`,
          says: new RegExp(`default of ${usual} holds`),
          points: '0s',
          severity: 'warning',
        },
      ],
      invalid: /^$/,
    }),
  ),
  {
    name: 'a cookie ttl of more digits than a duration has',
    spec: balancer(
      'type: ConsistentHash\nconsistentHash: {type: Cookie, cookie: {name: a, ttl: 999999h, attributes: {Path: /}}}',
    ),
    expected: [
      {
        code: 'duration-invalid',
        field: `${lb}.consistentHash.cookie.ttl`,
        says: /whole numbers of at most 5 digits\), not "999999h"/,
        hint: /at most 5 digits: .* up to 99999h/,
        points: '999999h',
      },
    ],
  },
  {
    name: 'extractFrom empty',
    spec: balancer('type: RoundRobin\nendpointOverride: {extractFrom: []}'),
    expected: [
      {
        code: 'list-length',
        field: `${lb}.endpointOverride.extractFrom`,
        says: /has 0 items; it must have from 1 to 10/,
        points: 'extractFrom',
      },
    ],
  },
  {
    name: 'extractFrom with more than 10',
    spec: balancer(
      `type: RoundRobin\nendpointOverride: {extractFrom: [${Array(11).fill('{header: a}').join(', ')}]}`,
    ),
    expected: [
      {
        code: 'list-length',
        field: `${lb}.endpointOverride.extractFrom`,
        says: /has 11 items/,
        points: 'extractFrom',
      },
    ],
  },
  {
    name: 'extractFrom without a header',
    spec: balancer('type: RoundRobin\nendpointOverride:\n  extractFrom:\n  - {}'),
    expected: [
      {
        code: 'name-empty',
        field: `${lb}.endpointOverride.extractFrom[0]`,
        says: /extractFrom\[0\] names no header/,
        points: '{',
      },
    ],
    invalid: /EndpointOverride/,
  },
  {
    name: 'extractFrom with a name that is none',
    spec: balancer('type: RoundRobin\nendpointOverride:\n  extractFrom:\n  - {header: "x to"}'),
    expected: [
      {
        code: 'header-name-invalid',
        field: `${lb}.endpointOverride.extractFrom[0].header`,
        says: /is no name of a header/,
        points: '"x to"',
      },
    ],
    invalid: /invalid header name/,
  },
  {
    name: 'weights of zones that Envoy cannot add',
    spec: balancer(
      'type: RoundRobin\nzoneAware:\n  weightedZones: [{zone: a, weight: 4000000000}, {zone: b, weight: 1}]',
    ),
    expected: [
      {
        code: 'value-out-of-range',
        field: `${lb}.zoneAware.weightedZones`,
        says: /at most 4000000000 in sum, not 4000000001/,
        points: 'weightedZones',
      },
    ],
    invalid: /in sum/,
  },
  {
    name: 'a negative penalty',
    spec: balancer('type: BackendUtilization\nbackendUtilization: {errorUtilizationPenaltyPercent: -1}'),
    expected: [
      {
        code: 'value-out-of-range',
        field: `${lb}.backendUtilization.errorUtilizationPenaltyPercent`,
        says: /from 0 to 4294967295, not -1/,
        points: '-1',
      },
    ],
  },
  ...['0', '65536'].map(
    (port): Case => ({
      name: `outOfBand port ${port}`,
      spec: balancer(`type: BackendUtilization\nbackendUtilization: {outOfBand: {port: ${port}}}`),
      expected: [
        {
          code: 'value-out-of-range',
          field: `${lb}.backendUtilization.outOfBand.port`,
          says: /a port from 1 to 65535/,
          points: port,
        },
      ],
    }),
  ),
  {
    name: 'outOfBand authority empty',
    spec: balancer('type: BackendUtilization\nbackendUtilization: {outOfBand: {authority: ""}}'),
    expected: [
      {
        code: 'field-type',
        field: `${lb}.backendUtilization.outOfBand.authority`,
        says: /1 to 259 characters/,
        points: '""',
      },
    ],
  },
  ...['true', 'false'].map(
    (value): Case => ({
      name: `keepResponseHeaders and removeResponseHeaders both ${value}`,
      spec: balancer(
        `type: BackendUtilization\nbackendUtilization:\n  keepResponseHeaders: ${value}\n  removeResponseHeaders: ${value}`,
      ),
      expected: [
        {
          code: 'field-conflict',
          field: `${lb}.backendUtilization.removeResponseHeaders`,
          says: new RegExp(`both ${value}`),
          points: value,
        },
      ],
    }),
  ),
];

for (const { name, spec, expected, invalid } of cases) {
  test(`load balancer: ${name}`, () => {
    const { resources, diagnostics } = readText(policyWith(spec));
    assertFindings(diagnostics, expected);
    if (invalid === undefined) {
      assert.equal(resources.length, 0, 'the document is refused');
      return;
    }
    const [policy] = resources;
    assert.equal(policy?.kind, 'BackendTrafficPolicy');
    assert.match((policy?.kind === 'BackendTrafficPolicy' && policy.invalid?.join()) || '', invalid);
  });
}

test('load balancer: several mistakes are told in one run', () => {
  const { diagnostics } = readText(
    policyWith(`loadBalancer:
  type: ConsistentHash
  slowStart: {window: 10}
  consistentHash:
    type: Cookie
    header: {name: ""}
    tableSize: 1024
    colour: red
  zoneAware: {preferLocal: {percentageEnabled: 200}}
retry: {numRetries: -1}
telemetry: {}
`),
  );
  assert.deepEqual(
    diagnostics.map((d) => d.code).sort(),
    [
      'duration-invalid',
      'field-conflict',
      'field-conflict',
      'field-conflict',
      'field-missing',
      'field-not-translated',
      'field-unknown',
      'name-empty',
      'table-size-not-prime',
      'value-out-of-range',
      'value-out-of-range',
    ].sort(),
  );
});
