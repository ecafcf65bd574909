/**
 * What a listener does with the headers of a request before anything else: earlyRequestHeaders of a
 * ClientTrafficPolicy, in the order of host/envoy/clients/header-edits.ts.
 */
import type { ClientSettings, StringMatch } from '../plan/types.ts';
import { fullMatch } from '../regex/re2.ts';
import { hasOperator } from './hashed-request.ts';
import { type HeaderMap, valuesOf, withAdded, without, withUnknown, withValue } from './header-map.ts';

type Headers = ClientSettings['headers'];

export function earlyEdited(map: HeaderMap, headers: Headers): HeaderMap {
  let after = map;
  const { early, requestId } = headers ?? {};
  const computed = (value: string): string => `the listener sets it to ${value}, which Envoy computes`;
  const put = (edit: typeof withAdded, name: string, value: string): void => {
    const key = name.toLowerCase();
    // With a value that is not known there stays one.
    if (edit === withAdded && after.unknown.has(key)) return;
    after = hasOperator(value) ? withUnknown(after, key, computed(value)) : edit(after, key, value);
  };
  for (const { name, value } of early?.add ?? []) put(withAdded, name, value);
  for (const { name, value } of early?.set ?? []) put(withValue, name, value);
  for (const { name, value } of early?.addIfAbsent ?? [])
    if (valuesOf(after, name.toLowerCase()).length === 0) put(withAdded, name, value);
  after = without(after, ...(early?.remove ?? []));
  const gone = (name: string): boolean => (early?.removeOnMatch ?? []).some((match) => matches(match, name));
  after = without(after, ...[...after.pairs.map(([name]) => name), ...after.unknown.keys()].filter(gone));
  return requestId === 'Disable' ? without(after, 'x-request-id') : after;
}

/** @param name In lower case. */
function matches({ kind, value }: StringMatch, name: string): boolean {
  const wanted = value.toLowerCase();
  switch (kind) {
    case 'exact':
      return name === wanted;
    case 'prefix':
      return name.startsWith(wanted);
    case 'suffix':
      return name.endsWith(wanted);
    case 'regex':
      return fullMatch(`(?i)${value}`, name);
  }
}
