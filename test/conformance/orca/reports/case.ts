/** What a case is, and what the cases of several groups are made of. */
import { double, message } from '../wire.ts';

export const PLAIN = 'endpoint-load-metrics';
export const BINARY = 'endpoint-load-metrics-bin';

type Field = readonly [name: string, value: string];
export interface Case {
  readonly group: string;
  readonly name: string;
  readonly headers: readonly Field[];
  readonly trailers: readonly Field[];
}

export const one = (group: string, name: string, value: string, header = PLAIN): Case => ({
  group,
  name,
  headers: [[header, value]],
  trailers: [],
});

export const withRate = '"cpu_utilization":0.5,"rps_fractional":7';
export const good = message(double(1, 0.5), double(6, 7));
export const text64 = good.toString('base64');
export const doc = 'TEXT cpu=0.3,mem=0.8,foo_bytes=123';

/** Headers cannot carry them: Envoy resets such a response whatever the header's name is. */
export function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
export function short(text: string): string {
  return text.length > 40
    ? `${text.slice(0, 12)}… (${text.length} characters)`
    : text === ''
      ? '(empty)'
      : text;
}
