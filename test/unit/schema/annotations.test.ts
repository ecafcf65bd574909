/** The `loadstar/` annotations of BackendTrafficPolicy: what the model gets, and each rule broken once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertFindings, type Expected, policyWith, readText } from '../../support/manifest.ts';
import { same } from '../../support/plain.ts';
import { policy } from './policy-world.ts';

const hash = 'loadBalancer: {type: ConsistentHash, consistentHash: {type: SourceIP}}';
const annotated = (annotations: string, spec = hash): string =>
  policyWith(spec, `annotations: {${annotations}}`);

test('annotations: defaults, and every one set', () => {
  assert.equal(policy(annotated('other/a: b')).sticky, undefined);
  same(policy(annotated('loadstar/utilization-target: "0.8"')).sticky, {
    utilizationTarget: 0.8,
    loadBound: 2.5,
    maxHops: 8,
    metricNames: [],
  });
  same(
    policy(
      annotated(
        'loadstar/utilization-target: "1", loadstar/load-bound: "1", loadstar/max-hops: "3", loadstar/metric-names: "cpu_utilization, named_metrics.kv", loadstar/report-format: json, loadstar/reason-header: X-Why',
      ),
    ).sticky,
    {
      utilizationTarget: 1,
      loadBound: 1,
      maxHops: 3,
      metricNames: ['cpu_utilization', 'named_metrics.kv'],
      reportFormat: 'json',
      reasonHeader: 'x-why',
    },
  );
});
const target = 'loadstar/utilization-target: "0.8"';
const field = (name: string): string => `metadata.annotations["loadstar/${name}"]`;
const annotations: readonly [name: string, text: string, expected: Expected[]][] = [
  ...(['0', '1.01', '-1', 'NaN', '80%', ''] as const).map((value): [string, string, Expected[]] => [
    `utilization-target ${JSON.stringify(value)}`,
    annotated(`loadstar/utilization-target: "${value}"`),
    [
      {
        code: 'annotation-invalid',
        field: field('utilization-target'),
        says: /greater than 0 and at most 1/,
        points: `"${value}"`,
      },
    ],
  ]),
  [
    'load-bound below 1',
    annotated(`${target}, loadstar/load-bound: "0.9"`),
    [{ code: 'annotation-invalid', field: field('load-bound'), says: /at least 1/, points: '"0.9"' }],
  ],
  ...(['0', '9', '1.5'] as const).map((value): [string, string, Expected[]] => [
    `max-hops ${value}`,
    annotated(`${target}, loadstar/max-hops: "${value}"`),
    [{ code: 'annotation-invalid', field: field('max-hops'), says: /from 1 to 8/, points: `"${value}"` }],
  ]),
  [
    'metric-names with a gap',
    annotated(`${target}, loadstar/metric-names: "a,,b"`),
    [{ code: 'annotation-invalid', field: field('metric-names'), says: /metric names/, points: '"a,,b"' }],
  ],
  ...(['kv_cache_usage_perc', 'cpu', 'namedMetrics.kv', 'named_metrics.'] as const).map(
    (value): [string, string, Expected[]] => [
      `metric-names ${value}: no report has such a field`,
      annotated(`${target}, loadstar/metric-names: ${value}`),
      [{ code: 'annotation-invalid', field: field('metric-names'), says: /metric names/, points: value }],
    ],
  ),
  [
    'utilization-target without quotes: one error, not a second that it is missing',
    annotated('loadstar/utilization-target: 0.8, loadstar/max-hops: "2"'),
    [
      {
        code: 'field-type',
        field: 'metadata.annotations',
        says: /text to text/,
        points: 'annotations',
        hint: /utilization-target in quotes/,
      },
    ],
  ],
  ...(['why', 'x-loadstar-host', 'x-a b', 'x-envoy-why'] as const).map(
    (value): [string, string, Expected[]] => [
      `reason-header ${value}`,
      annotated(`${target}, loadstar/reason-header: ${value}`),
      [{ code: 'annotation-invalid', field: field('reason-header'), says: /begins with x-/, points: value }],
    ],
  ),
  [
    'report-format binary',
    annotated(`${target}, loadstar/report-format: binary`),
    [{ code: 'annotation-invalid', field: field('report-format'), says: /text or json/, points: 'binary' }],
  ],
  [
    'unknown',
    annotated(`${target}, loadstar/max-hop: "2"`),
    [
      {
        code: 'annotation-unknown',
        field: field('max-hop'),
        says: /not an annotation/,
        hint: /loadstar\/max-hops/,
        points: 'loadstar/max-hop',
      },
    ],
  ],
  [
    'utilization-target mistyped: one error, not a second that it is missing',
    annotated('loadstar/utilisation-target: "0.8", loadstar/max-hops: "2"'),
    [
      {
        code: 'annotation-unknown',
        field: field('utilisation-target'),
        says: /not an annotation/,
        hint: /loadstar\/utilization-target/,
        points: 'loadstar/utilisation-target',
      },
    ],
  ],
  [
    'only one that does not exist',
    annotated('loadstar/colour: red'),
    [
      {
        code: 'annotation-unknown',
        field: field('colour'),
        says: /not an annotation/,
        hint: /^Remove it/,
        points: 'loadstar/colour',
      },
    ],
  ],
  [
    'without utilization-target',
    annotated('loadstar/max-hops: "2"'),
    [
      {
        code: 'annotation-conflict',
        field: field('max-hops'),
        says: /no effect without/,
        points: 'loadstar/max-hops',
      },
    ],
  ],
  [
    'with another type',
    annotated(target, 'loadBalancer: {type: RoundRobin}'),
    [
      {
        code: 'annotation-conflict',
        field: field('utilization-target'),
        says: /of type RoundRobin/,
        points: 'loadstar/utilization-target',
      },
    ],
  ],
  [
    'a number without quotes',
    annotated('loadstar/utilization-target: 0.8'),
    [
      {
        code: 'field-type',
        field: 'metadata.annotations',
        says: /text to text/,
        hint: /loadstar\/utilization-target in quotes/,
        points: 'annotations',
      },
    ],
  ],
];
for (const [name, text, expected] of annotations) {
  test(`annotations: ${name}`, () => {
    const { resources, diagnostics } = readText(text);
    assertFindings(diagnostics, expected);
    same(resources, []);
  });
}
