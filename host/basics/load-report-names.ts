/**
 * Names of what a load report may say (xds/data/orca/v3/orca_load_report.proto), as TEXT and JSON have them:
 * in the order of the filter's own numbers (assembly/orca/load-report.ts), first single values, then maps.
 */

export const REPORT_NUMBERS = [
  'cpu_utilization',
  'mem_utilization',
  'application_utilization',
  'eps',
  'rps_fractional',
  'rps',
] as const;
/** Of name to number: a member is `named_metrics.x`. */
export const REPORT_MAPS = ['named_metrics', 'utilization', 'request_cost'] as const;
