/** The compiled filter in Node, given the same responses: what it leaves for Envoy, and what it counted. */
import { readFileSync } from 'node:fs';
import { Vm } from '../../../host/wasm/vm.ts';
import { wasmPath } from '../../support/translate.ts';
import type { Response } from './envoy.ts';

export interface Answer {
  /** Counted, for the headers first: `text accepted`, `json refused`, …; empty where there is no report. */
  readonly results: readonly string[];
  /** Of the refusals, by their counters' names. */
  readonly reasons: readonly string[];
  /** The rate in the written report is the filter's: 100 until it has measured one. No case uses 100. */
  readonly measured: boolean;
}

let module: WebAssembly.Module | undefined;

export function filterAnswer(response: Response, metricNames: readonly string[]): Answer {
  module ??= Vm.compile(readFileSync(wasmPath()));
  const vm = new Vm(module);
  const configured = vm.configure({
    configuration: JSON.stringify({ role: 'report', cluster: 'c', metricNames }),
  });
  if (!configured.ok) throw new Error(configured.reason);
  const stream = vm.stream(configured.root, () => '127.0.0.1:80');
  const counted = (): string[] =>
    Object.entries(vm.metrics.values()).flatMap(([name, n]) => {
      const match = /^loadstar_reports_(text|json|binary)_(accepted|repaired|refused)_total$/.exec(name);
      return match === null ? [] : new Array<string>(n).fill(`${match[1]} ${match[2]}`);
    });
  stream.onResponseHeaders([[':status', '200'], ...trimmed(response.headers)]);
  const results = counted();
  if (response.trailers.length > 0) stream.onResponseTrailers(trimmed(response.trailers));
  const later = counted();
  for (const result of results) later.splice(later.indexOf(result), 1);
  const reasons = Object.entries(vm.metrics.values()).flatMap(([name, n]) => {
    const match = /^loadstar_reports_refused_(.+)_total$/.exec(name);
    return match === null || n === 0 ? [] : [match[1]!];
  });
  const left = [...stream.responseHeaders!.pairs, ...(stream.responseTrailers?.pairs ?? [])];
  const measured = left.some(
    ([name, value]) => name === 'endpoint-load-metrics' && /rps_fractional:100(,|$)/.test(value),
  );
  return { results: [...results, ...later], reasons, measured };
}

/**
 * Blanks around a value belong to the wire (RFC 9110, section 5.5): Envoy's codec takes them off before any
 * filter.
 */
const trimmed = (fields: Response['headers']) =>
  fields.map(([name, value]) => [name, value.replace(/^[ \t]+|[ \t]+$/g, '')] as const);
