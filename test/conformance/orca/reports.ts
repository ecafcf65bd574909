/**
 * Load reports for the comparison with Envoy: every form, good, odd and hostile. Each has a short name that
 * says what is special; names are unique, so that docs/ORCA.md can list them. Rates of 100 are not used: it
 * is what the filter writes where it has not measured anything yet.
 */
import { binaryBase64, binaryPlain, binaryValues } from './reports/binary.ts';
import type { Case } from './reports/case.ts';
import { jsonNames, jsonPrefix, jsonShape } from './reports/json.ts';
import { jsonNumbers, rates, textNumbers, utilizations } from './reports/numbers.ts';
import { places } from './reports/places.ts';
import { sizes } from './reports/sizes.ts';
import { textNames, textShape } from './reports/text.ts';
import { wild } from './reports/wild.ts';
import { binaryWire } from './reports/wires.ts';

/** metricNamesForComputingUtilization of both clusters. */
export const metricNames = ['named_metrics.kv', 'utilization.gpu'] as const;

export const cases: readonly Case[] = [
  ...wild,
  ...textNumbers,
  ...jsonNumbers,
  ...rates,
  ...utilizations,
  ...textNames,
  ...textShape,
  ...jsonNames,
  ...jsonShape,
  ...jsonPrefix,
  ...binaryValues,
  ...binaryBase64,
  ...binaryPlain,
  ...binaryWire,
  ...places,
  ...sizes,
];
