/**
 * Zones, slowStart, endpointOverride and backendUtilization: what the CRD, the translator or Envoy refuses,
 * broken once.
 */
import { balancer, type Case, lb, testCases } from './load-balancer-world.ts';

const cases: readonly Case[] = [
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

testCases(cases);
