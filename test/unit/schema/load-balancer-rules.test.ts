/**
 * Each validation rule of spec.loadBalancer in Envoy Gateway's CRD that goes across fields: each is broken
 * once, and must be reported with its code, field, place and hint. The numbers are those of the CRD's list,
 * in its order.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyWith, readText } from '../../support/manifest.ts';
import { balancer, type Case, lb, testCases } from './load-balancer-world.ts';

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
];
testCases(cases);

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
