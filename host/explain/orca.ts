/**
 * How native Envoy reads a load report, and what the filter does with it. The filter's part is the compiled
 * module in its report role, fed with one response; its answer is read from the header it leaves, from its
 * counters, and from its exports (assembly/filter/inspect.ts).
 */

import { REPORT_MAPS, REPORT_NUMBERS } from '../basics/load-report-names.ts';
import { renderFilterConfig } from '../filter/config.ts';
import { MAX_METRICS, MAX_REPORT_BYTES } from '../filter/limits.ts';
import { Vm } from '../wasm/vm.ts';
import { type NativeVerdict, nativeVerdict } from './native-orca.ts';
import type { OrcaExplanation } from './orca-explanation.ts';
import { describeReport } from './orca-report.ts';

export const ORCA_HEADERS = ['endpoint-load-metrics', 'endpoint-load-metrics-bin'] as const;
const HOST = '127.0.0.1:3000';
/** Requests per second that the host is made to have answered, so that a measured rate can be shown. */
const RATE = 100;
const SECOND = 1_000_000_000n;

/** The settings of a policy that affect the weight of a report. */
export interface OrcaPolicy {
  /** metricNamesForComputingUtilization. */
  readonly metricNames: readonly string[];
  /** Factor of errorUtilizationPenaltyPercent. */
  readonly errorPenalty?: number;
  /** Sticky until hot: the filter alone reads the report, and no host gets a weight. */
  readonly sticky?: boolean;
}

export function explainOrca(
  module: WebAssembly.Module,
  header: string,
  value: string,
  { metricNames, errorPenalty, sticky = false }: OrcaPolicy,
): OrcaExplanation {
  const native = nativeVerdict(header, value, metricNames, errorPenalty);
  const { response, vm } = run(module, header, value, metricNames);
  const counted = Object.entries(vm.metrics.values()).filter(([, n]) => n > 0);
  const outcome = counted.flatMap(([name]) => {
    const match = /^loadstar_reports_(text|json|binary)_(accepted|repaired|refused)_total$/.exec(name);
    return match === null ? [] : [[match[1], match[2]] as const];
  })[0];
  const reason = counted.flatMap(
    ([name]) => /^loadstar_reports_refused_(.+)_total$/.exec(name)?.[1] ?? [],
  )[0];
  const left = ORCA_HEADERS.map((name) => [name, response.get(name)] as const).find(
    ([, v]) => v !== undefined,
  );
  const after = left === undefined ? undefined : nativeVerdict(left[0], left[1]!, metricNames, errorPenalty);
  const written = left === undefined || left[1] === value ? undefined : left[1];
  const toEnvoy = {
    header: left === undefined ? undefined : `${left[0]}: ${left[1]}`,
    weight: after?.kind === 'weight' ? after.weight : undefined,
    assumedRate: written?.includes(`rps_fractional:${RATE}`) && !value.includes('rps') ? RATE : undefined,
  };
  return {
    header,
    value,
    form: (outcome?.[0] as OrcaExplanation['form'] | undefined) ?? 'unknown',
    native: shown(native),
    loadstar: {
      result: (outcome?.[1] as OrcaExplanation['loadstar']['result'] | undefined) ?? 'refused',
      metrics: metricsOf(vm),
      reason,
      because: reason === undefined ? undefined : refusalText(reason),
      utilization: after?.kind === 'weight' ? after.utilization : undefined,
      ...(sticky ? { sticky } : toEnvoy),
    },
  };
}

/** How Envoy alone reads a report. */
export const readNatively = (
  header: string,
  value: string,
  { metricNames, errorPenalty }: OrcaPolicy,
): OrcaExplanation['native'] => shown(nativeVerdict(header, value, metricNames, errorPenalty));

/** A reason of refusal in words, by the name of its counter. */
export const refusalText = (reason: string): string => REASONS[reason] ?? reason;

function shown(verdict: NativeVerdict): OrcaExplanation['native'] {
  switch (verdict.kind) {
    case 'refused':
      return { effect: 'refused', error: verdict.error };
    case 'no-effect':
      return { effect: 'no effect', reads: describeReport(verdict.report), error: verdict.error };
    case 'weight':
      return { effect: 'weight', reads: describeReport(verdict.report), weight: verdict.weight };
  }
}

/** One response with the report, after some seconds of traffic without one. */
function run(module: WebAssembly.Module, header: string, value: string, metricNames: readonly string[]) {
  let now = SECOND;
  const vm = new Vm(module, { now: () => now });
  const configuration = renderFilterConfig({ role: 'report', cluster: 'explain', strip: true, metricNames });
  const configured = vm.configure({ configuration });
  if (!configured.ok) throw new Error(`the filter refuses its configuration: ${configured.reason}`);
  const respond = (headers: readonly (readonly [string, string])[]) => {
    const stream = vm.stream(configured.root, (path) => (path === 'upstream.address' ? HOST : undefined));
    stream.onResponseHeaders([[':status', '200'], ...headers]);
    const map = stream.responseHeaders!;
    stream.finish();
    return map;
  };
  for (let second = 0; second < 60; second++) {
    for (let i = 0; i < RATE; i++) respond([]);
    now += SECOND;
    vm.tick(configured.root);
  }
  return { vm, response: respond([[header, value]]) };
}

/** By the numbers of assembly/orca/load-report.ts. */
const FIELD_NAMES: readonly string[] = [...REPORT_NUMBERS, ...REPORT_MAPS];
const MAPS: readonly string[] = REPORT_MAPS;

function metricsOf(vm: Vm): { name: string; value: number }[] {
  const count = Number(vm.ask('loadstar_report_count'));
  return Array.from({ length: count }, (_, i) => {
    const field = FIELD_NAMES[Number(vm.ask('loadstar_report_field', i))] ?? '?';
    const view = BigInt.asUintN(64, BigInt(vm.ask('loadstar_report_name', i)));
    const inner = view === 0n ? '' : (vm.memory.text(Number(view >> 32n), Number(view & 0xffffffffn)) ?? '');
    return {
      name: MAPS.includes(field) ? `${field}.${inner}` : field,
      value: Number(vm.ask('loadstar_report_value', i)),
    };
  });
}

/** Reasons of refusal in words, by the name of their counter. */
const REASONS: Readonly<Record<string, string>> = {
  empty: 'there is nothing in it',
  too_long: `it is longer than ${MAX_REPORT_BYTES} bytes`,
  too_many: `it has more than ${MAX_METRICS} metrics`,
  too_deep: 'its JSON is nested too deeply',
  malformed: 'it is neither name=value pairs nor a JSON object',
  name: 'a metric has no name, or one that no report may have',
  number: 'a value is not a number',
  nan: 'a value is NaN',
  infinite: 'a value is infinite',
  negative: 'a value is negative',
  range: 'a value is far beyond what it can mean',
  duplicate: 'a metric comes twice',
  base64: 'it is not base64',
  protobuf: 'it is not an xds.data.orca.v3.OrcaLoadReport in protobuf',
  no_utilization: 'nothing in it says how busy the host is',
};
