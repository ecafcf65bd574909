/**
 * Load reports for tests: the documented forms with a CPU value of choice, and a small encoder of
 * OrcaLoadReport that shares nothing with the filter's reader (field numbers: cncf/xds
 * xds/data/orca/v3/orca_load_report.proto).
 */
import type { Fields } from '../../demo/fakes/backend.ts';

export type Report = (cpu: number) => Fields;

export const json: Report = (cpu) => [
  ['endpoint-load-metrics', `JSON {"cpu_utilization": ${cpu}, "mem_utilization": 0.8}`],
];
export const text: Report = (cpu) => [['endpoint-load-metrics', `TEXT cpu=${cpu},mem=0.8,foo_bytes=123`]];
/** As in the documents; not a parsable report, whatever it was meant to say. */
export const documentedBinary: Report = () => [
  ['endpoint-load-metrics-bin', 'Cg4KCHNvbWUta2V5Eg0AAAAAAADwPw=='],
];

/** A double field of the report: tag, then eight bytes. */
const double = (field: number, value: number): Buffer => {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8((field << 3) | 1, 0);
  bytes.writeDoubleLE(value, 1);
  return bytes;
};
const message = (...parts: Buffer[]): string => Buffer.concat(parts).toString('base64');

export const binary: Report = (cpu) => [
  ['endpoint-load-metrics-bin', message(double(1, cpu), double(2, 0.8))],
];
/** With rps_fractional: what Envoy takes by itself. */
export const complete: Report = (cpu) => [
  ['endpoint-load-metrics-bin', message(double(1, cpu), double(6, 100))],
];
/** What vLLM sends. */
export const vllm: Report = (usage) => [
  [
    'endpoint-load-metrics',
    `TEXT named_metrics.kv_cache_usage_perc=${usage}, named_metrics.num_requests_waiting=3`,
  ],
];
