/**
 * A load report as data, with the names that its fields have in TEXT and JSON.
 * Spec: xds/data/orca/v3/orca_load_report.proto.
 */

export interface OrcaReport {
  /** Values by field, `cpu_utilization` and the like; absent: 0, as in proto3. */
  readonly fields: ReadonlyMap<string, number>;
  /** `named_metrics.x`, `utilization.x`, `request_cost.x`. */
  readonly maps: ReadonlyMap<string, number>;
}

/** Number in the protobuf message → name; the maps of name to double are in MAPS. */
export const FIELDS: Readonly<Record<number, string>> = {
  1: 'cpu_utilization',
  2: 'mem_utilization',
  3: 'rps',
  6: 'rps_fractional',
  7: 'eps',
  9: 'application_utilization',
};
export const MAPS: Readonly<Record<number, string>> = {
  4: 'request_cost',
  5: 'utilization',
  8: 'named_metrics',
};

/** All of a report, `name=value` in the order of arrival. */
export function describeReport({ fields, maps }: OrcaReport): string {
  return [...fields, ...maps].map(([name, value]) => `${name}=${value}`).join(', ') || 'nothing';
}
