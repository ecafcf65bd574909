/**
 * Names of metrics as services write them. Envoy takes exactly the canonical ones; we also take short ones
 * (`cpu`, as in Envoy Gateway's documentation), camelCase, any case, `-` for `_`, and read a name that is
 * none of a report's fields as a named metric (`foo_bytes`, vLLM's `kv_cache_usage_perc`).
 */
import { MAX_KNOWN_NAME } from '../bytes/caps';
import { at, Bytes, equalText, find, isOneOf, lower, size, slice, view } from '../bytes/view';
import {
  FIELD_APPLICATION,
  FIELD_CPU,
  FIELD_EPS,
  FIELD_MEM,
  FIELD_NAMED,
  FIELD_REQUEST_COST,
  FIELD_RPS,
  FIELD_RPS_FRACTIONAL,
  FIELD_UTILIZATION,
} from './load-report';

let canonical: bool = false;
let known: bool = false;
let rest: Bytes = 0;

/** Whether the last name is spelt as Envoy's TEXT wants it. */
export function isCanonical(): bool {
  return canonical;
}

/** Whether the last name is one of a report's own fields or maps. */
export function isKnown(): bool {
  return known;
}

/** Of the last name: the part inside a map. */
export function nameInMap(): Bytes {
  return rest;
}

/** A name without `_` and `-`, in lower case. A longer one is none that we know, so its end is cut off. */
const folded: usize = memory.data(MAX_KNOWN_NAME);

function fold(name: Bytes): Bytes {
  let length: u32 = 0;
  for (let i: u32 = 0; i < size(name) && length < MAX_KNOWN_NAME; i++) {
    const c = load<u8>(at(name) + i);
    if (c != 0x5f && c != 0x2d) store<u8>(folded + length++, lower(c));
  }
  return view(folded, length);
}

/** The canonical spelling of a field. */
export function spelling(field: u32): string {
  switch (field) {
    case FIELD_CPU:
      return 'cpu_utilization';
    case FIELD_MEM:
      return 'mem_utilization';
    case FIELD_APPLICATION:
      return 'application_utilization';
    case FIELD_EPS:
      return 'eps';
    case FIELD_RPS_FRACTIONAL:
      return 'rps_fractional';
    case FIELD_NAMED:
      return 'named_metrics';
    case FIELD_UTILIZATION:
      return 'utilization';
    case FIELD_REQUEST_COST:
      return 'request_cost';
    default:
      return 'rps';
  }
}

/**
 * The field of a name outside the maps. FIELD_NAMED, with `isKnown` false, when it is none of a report's own.
 */
export function plainField(name: Bytes): u32 {
  known = true;
  const f = fold(name);
  const field = fieldOf(f);
  known = field != FIELD_NAMED;
  // Envoy's TEXT has no `rps`, and its balancer does not read it from JSON.
  canonical = known && field != FIELD_RPS && equalText(name, spelling(field));
  rest = name;
  return field;
}

function fieldOf(f: Bytes): u32 {
  if (isOneOf(f, 'cpuutilization cpu cpuutil cpuusage')) return FIELD_CPU;
  if (isOneOf(f, 'memutilization mem memory memutil memusage memoryutilization')) return FIELD_MEM;
  if (isOneOf(f, 'applicationutilization app application apputilization utilization util')) return FIELD_APPLICATION;
  if (isOneOf(f, 'rpsfractional qps')) return FIELD_RPS_FRACTIONAL;
  if (equalText(f, 'rps')) return FIELD_RPS;
  return equalText(f, 'eps') ? FIELD_EPS : FIELD_NAMED;
}

/** The map of a name such as `named_metrics`. FIELD_CPU, with `isKnown` false, when it is none. */
export function mapField(name: Bytes): u32 {
  const f = fold(name);
  const field = equalText(f, 'namedmetrics')
    ? FIELD_NAMED
    : equalText(f, 'utilization')
      ? FIELD_UTILIZATION
      : equalText(f, 'requestcost')
        ? FIELD_REQUEST_COST
        : FIELD_CPU;
  known = field != FIELD_CPU;
  canonical = known && equalText(name, spelling(field));
  return field;
}

/** The field of a TEXT name: `cpu_utilization`, `named_metrics.foo`, or a short one. */
export function textField(name: Bytes): u32 {
  const dot = find(name, 0x2e, 0);
  if (dot < size(name)) {
    const field = mapField(slice(name, 0, dot));
    if (known) {
      rest = slice(name, dot + 1, size(name));
      // Envoy's TEXT has no request_cost.
      canonical = canonical && field != FIELD_REQUEST_COST;
      return field;
    }
  }
  return plainField(name);
}

/** Whether all bytes are ASCII. A name with others may not be UTF-8, and Envoy then refuses the report. */
export function isAscii(name: Bytes): bool {
  for (let i: u32 = 0; i < size(name); i++) {
    if (load<u8>(at(name) + i) >= 0x80) return false;
  }
  return true;
}

/** Whether Envoy's TEXT can carry the name: visible characters, and none that separates. */
export function isPlainName(name: Bytes): bool {
  for (let i: u32 = 0; i < size(name); i++) {
    const c = load<u8>(at(name) + i);
    if (c <= 0x20 || c >= 0x7f || c == 0x2c || c == 0x3a || c == 0x3d || c == 0x22) return false;
  }
  return size(name) > 0;
}
