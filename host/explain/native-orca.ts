/**
 * How Envoy 1.40 alone reads a load report: its parser (source/common/orca/orca_parser.cc) and the weight
 * that client_side_weighted_round_robin computes (load_balancing_policies/common/orca_weight_manager.cc),
 * with Envoy's error texts. test/conformance compares it with a running Envoy.
 */
import { decodeReport } from './orca-protobuf.ts';
import { FIELDS, MAPS, type OrcaReport } from './orca-report.ts';

export type NativeVerdict =
  /** Used for balancing. `weight` = requests per second / utilization. */
  | {
      readonly kind: 'weight';
      readonly report: OrcaReport;
      readonly weight: number;
      readonly utilization: number;
    }
  /** Parsed, but without effect: an error in Envoy's log, at most every few seconds. */
  | { readonly kind: 'no-effect'; readonly report: OrcaReport; readonly error: string }
  | { readonly kind: 'refused'; readonly error: string };

class Refused extends Error {}
const refuse = (error: string): never => {
  throw new Refused(error);
};

/**
 * @param name `endpoint-load-metrics` or `endpoint-load-metrics-bin`.
 * @param penalty error_utilization_penalty; Envoy 1.40 takes an absent one for 0.
 */
export function nativeVerdict(
  name: string,
  value: string,
  metricNames: readonly string[],
  penalty = 0,
): NativeVerdict {
  let report: OrcaReport;
  try {
    // Blanks around a value belong to the wire, not to the value (RFC 9110, section 5.5).
    const text = value.trim();
    report = name === 'endpoint-load-metrics-bin' ? parseBinary(text) : parseHeader(text);
  } catch (error) {
    if (error instanceof Refused) return { kind: 'refused', error: error.message };
    throw error;
  }
  const rps = report.fields.get('rps_fractional') ?? 0;
  if (!(rps > 0)) return { kind: 'no-effect', report, error: 'QPS must be positive' };
  const errors = (penalty * (report.fields.get('eps') ?? 0)) / rps;
  const utilization = utilizationOf(report, metricNames) + errors;
  if (utilization <= 0) return { kind: 'no-effect', report, error: 'Utilization must be positive' };
  return {
    kind: 'weight',
    report,
    utilization,
    weight: weightOf(rps / utilization),
  };
}

/** As a C++ cast to uint32_t: a JSON report may contain NaN. */
const weightOf = (quotient: number): number =>
  Number.isNaN(quotient) ? 0 : Math.min(Math.trunc(quotient), 2 ** 32 - 1);

/** The largest of the policy's metrics, else the application's, else the processor's: the first above 0. */
function utilizationOf({ fields, maps }: OrcaReport, names: readonly string[]): number {
  const values = names.flatMap((name) =>
    name.endsWith('.*')
      ? [...maps].flatMap(([key, value]) => (key.startsWith(name.slice(0, -1)) ? [value] : []))
      : [fields.get(name) ?? maps.get(name) ?? 0],
  );
  const most = Math.max(0, ...values);
  if (most > 0) return most;
  const application = fields.get('application_utilization') ?? 0;
  return application > 0 ? application : (fields.get('cpu_utilization') ?? 0);
}

function parseHeader(value: string): OrcaReport {
  if (value.startsWith('BIN ')) return parseBinary(value.slice(4));
  if (value.startsWith('TEXT ')) return parseText(value.slice(5));
  if (value.startsWith('JSON ')) return parseJson(value.slice(5));
  return refuse(`unsupported ORCA header format: ${value.slice(0, 5).split(' ', 1)[0]}`);
}

function parseBinary(value: string): OrcaReport {
  if (value === '') refuse('ORCA binary header value is empty');
  const padded = value.padEnd(Math.ceil(value.length / 4) * 4, '=');
  const bytes = Buffer.from(padded, 'base64');
  if (bytes.length === 0 || bytes.toString('base64') !== padded) {
    refuse(`unable to decode ORCA binary header value: ${value}`);
  }
  return decodeReport(bytes) ?? refuse(`unable to parse binaryheader to OrcaLoadReport: ${value}`);
}

/** Fields that TEXT can carry: not the deprecated rate, and no request_cost. */
const TEXT_FIELDS = new Set(Object.values(FIELDS).filter((name) => name !== 'rps'));

function parseText(list: string): OrcaReport {
  const fields = new Map<string, number>();
  const maps = new Map<string, number>();
  const seen = new Set<string>();
  for (const token of list.split(',').map((part) => part.trim())) {
    if (token === '') continue;
    const at = token.search(/[=:]/);
    // absl::SkipWhitespace drops a part that is blank, and what follows takes its place.
    const parts = (at < 0 ? [token] : [token.slice(0, at), token.slice(at + 1)]).filter(
      (p) => p.trim() !== '',
    );
    const name = parts[0] ?? '';
    const text = parts[1] ?? '';
    if (seen.has(name)) refuse(`endpoint-load-metrics contains duplicate metric: ${name}`);
    seen.add(name);
    const value = parseNumber(name, text);
    if (name.startsWith('named_metrics.'))
      put(maps, 'named_metrics.', name, value, 'named metric key is empty.');
    else if (name.startsWith('utilization.'))
      put(maps, 'utilization.', name, value, 'utilization metric key is empty.');
    else if (TEXT_FIELDS.has(name)) fields.set(name, value);
    else refuse(`unsupported metric name: ${name}`);
  }
  return { fields, maps };
}

function put(maps: Map<string, number>, prefix: string, name: string, value: number, empty: string): void {
  if (name === prefix) refuse(empty);
  maps.set(name, value);
}

/** absl::SimpleAtod: surrounding blanks, a sign, decimal or hexadecimal, inf and nan in any case. */
function parseNumber(name: string, text: string): number {
  if (name === '') refuse('metric names cannot be empty strings');
  if (text === '') refuse('metric values cannot be empty strings');
  const trimmed = text.trim();
  const word = /^[+-]?(inf(inity)?|nan)$/i.exec(trimmed)?.[1]?.toLowerCase();
  if (word?.startsWith('nan')) refuse(`custom backend load metric value(${name}) cannot be NaN.`);
  if (word !== undefined) refuse(`custom backend load metric value(${name}) cannot be infinity.`);
  const hexadecimal = /^\+?0x[0-9a-f]+$/i.test(trimmed);
  if (!hexadecimal && !/^[+-]?(\d+(?:\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) {
    refuse(`unable to parse custom backend load metric value(${name}): ${text}`);
  }
  const value = Number(hexadecimal ? trimmed.replace('+', '') : trimmed);
  if (!Number.isFinite(value)) refuse(`custom backend load metric value(${name}) cannot be infinity.`);
  if (value < 0) refuse(`custom backend load metric value(${name}) cannot be negative.`);
  return value;
}

const JSON_NAMES = new Map(
  [...Object.values(FIELDS), ...Object.values(MAPS)].flatMap((name) => [
    [name, name] as const,
    [name.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase()), name] as const,
  ]),
);

/**
 * The protobuf JSON mapping: both spellings of a name, numbers also as text, unknown names refuse the whole.
 */
function parseJson(text: string): OrcaReport {
  const fields = new Map<string, number>();
  const maps = new Map<string, number>();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    refuse('invalid JSON');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    refuse('invalid JSON: not an object');
  for (const [key, entry] of Object.entries(value as object) as [string, unknown][]) {
    const name = JSON_NAMES.get(key) ?? refuse(`invalid JSON: no such field: '${key}'`);
    if (entry === null) continue;
    if (!Object.values(MAPS).includes(name)) fields.set(name, jsonNumber(key, entry));
    else if (typeof entry !== 'object' || Array.isArray(entry))
      refuse(`invalid JSON: '${key}' is not an object`);
    else for (const [inner, v] of Object.entries(entry)) maps.set(`${name}.${inner}`, jsonNumber(inner, v));
  }
  return { fields, maps };
}

function jsonNumber(key: string, value: unknown): number {
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && value.trim() !== ''
        ? Number(value)
        : Number.NaN;
  if (Number.isNaN(number) && value !== 'NaN') refuse(`invalid JSON: '${key}' is not a number`);
  return number;
}
