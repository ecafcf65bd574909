/**
 * The request headers as Envoy holds them. Some names are fields of the map itself (inline headers,
 * envoy/http/header_map.h, and those that Envoy's filters register): several lines of such a name become one
 * value, joined by commas. All others stay separate values. Which names are inline was read off Envoy 1.40.0.
 */

export type Pair = readonly [name: string, value: string];

/** Headers, and the names of those that are there with a value that cannot be told, each with the reason. */
export interface HeaderMap {
  /** Names in lower case, without pseudo headers. */
  readonly pairs: readonly Pair[];
  readonly unknown: ReadonlyMap<string, string>;
}

const INLINE: ReadonlySet<string> = new Set([
  ...['accept', 'accept-encoding', 'access-control-request-method', 'authorization', 'cache-control'],
  ...['connection', 'content-encoding', 'content-length', 'content-type', 'expect', 'grpc-accept-encoding'],
  ...['grpc-timeout', 'if-match', 'if-none-match', 'keep-alive', 'origin', 'pragma', 'proxy-connection'],
  ...['proxy-status', 'referer', 'te', 'transfer-encoding', 'upgrade', 'user-agent', 'via'],
  ...['x-client-trace-id', 'x-envoy-attempt-count', 'x-envoy-is-timeout-retry', 'x-forwarded-for'],
  ...['x-forwarded-host', 'x-forwarded-port', 'x-forwarded-proto', 'x-request-id'],
]);

export const NO_UNKNOWN: ReadonlyMap<string, string> = new Map();

/** Lines as a client sent them. */
export function fromLines(lines: readonly Pair[]): HeaderMap {
  let map: HeaderMap = { pairs: [], unknown: NO_UNKNOWN };
  for (const [name, value] of lines) map = withAdded(map, name, value);
  return map;
}

export const valuesOf = ({ pairs }: HeaderMap, name: string): string[] =>
  pairs.flatMap(([n, value]) => (n === name ? [value] : []));

/** One more value: beside those that are there, or behind them. */
export function withAdded(map: HeaderMap, name: string, value: string): HeaderMap {
  const at = INLINE.has(name) ? map.pairs.findIndex(([n]) => n === name) : -1;
  if (at < 0) return { ...map, pairs: [...map.pairs, [name, value]] };
  const pairs = map.pairs.map((pair, i): Pair => (i === at ? [name, `${pair[1]},${value}`] : pair));
  return { ...map, pairs };
}

export function without(map: HeaderMap, ...names: readonly string[]): HeaderMap {
  const pairs = map.pairs.filter(([name]) => !names.includes(name));
  if (!names.some((name) => map.unknown.has(name))) return { ...map, pairs };
  return { pairs, unknown: new Map([...map.unknown].filter(([name]) => !names.includes(name))) };
}

/** The only value. */
export function withValue(map: HeaderMap, name: string, value: string): HeaderMap {
  const rest = without(map, name);
  return { ...rest, pairs: [...rest.pairs, [name, value]] };
}

/** @param because The rest of a sentence about the header. */
export function withUnknown(map: HeaderMap, name: string, because: string): HeaderMap {
  const { pairs, unknown } = without(map, name);
  return { pairs, unknown: new Map([...unknown, [name, because]]) };
}
