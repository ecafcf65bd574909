/** Header edits of the plan → Envoy's four lists on a route or a weighted cluster. */
import type { HeaderEdits } from '../plan/types.ts';
import type { EnvoyRoute } from './envoy-types.ts';

type HeaderMutations = Pick<
  EnvoyRoute,
  | 'request_headers_to_add'
  | 'request_headers_to_remove'
  | 'response_headers_to_add'
  | 'response_headers_to_remove'
>;

/** The user's edits first, then our own removals; each name is removed once. */
export function headerMutations(
  request: HeaderEdits | undefined,
  response: HeaderEdits | undefined,
  removeRequest: readonly string[] = [],
  removeResponse: readonly string[] = [],
): HeaderMutations {
  return {
    request_headers_to_add: additions(request),
    request_headers_to_remove: removals(request, removeRequest),
    response_headers_to_add: additions(response),
    response_headers_to_remove: removals(response, removeResponse),
  };
}

/** In Envoy Gateway's order. No name is in both lists (plan/filters.ts). */
function additions(edits: HeaderEdits | undefined): EnvoyRoute['request_headers_to_add'] {
  if (edits === undefined || edits.set.length + edits.add.length === 0) return undefined;
  return [
    ...edits.add.map(({ name, value }) => ({
      header: header(name, value),
      keep_empty_value: value === '' ? true : undefined,
    })),
    ...edits.set.map(({ name, value }) => ({
      header: header(name, value),
      append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
      keep_empty_value: value === '' ? true : undefined,
    })),
  ];
}

const header = (key: string, value: string) => (value === '' ? { key } : { key, value: escapeFormat(value) });

function removals(edits: HeaderEdits | undefined, ours: readonly string[]): string[] | undefined {
  const names: string[] = [];
  for (const name of [...(edits?.remove ?? []), ...ours]) {
    if (!names.some((known) => known.toLowerCase() === name.toLowerCase())) names.push(name);
  }
  return names.length > 0 ? names : undefined;
}

/**
 * Envoy reads `%NAME%` in a value as a command operator and refuses what it does not know. Operators that
 * users of Envoy Gateway write are kept. Every other `%` is text, as in the Gateway API, and is doubled.
 */
export function escapeFormat(value: string): string {
  return value.replace(OPERATOR_OR_PERCENT, (found) => (found === '%' ? '%%' : found));
}
/** What escapeFormat left: where every `%` that is text is doubled, another begins an operator. */
export const hasOperator = (escaped: string): boolean => escaped.replaceAll('%%', '').includes('%');
/**
 * A header's name as an operator takes it: `:path`, `x-user`, at most one colon and that first
 * (HeaderUtility::headerNameIsValid).
 */
const NAME = ':?[\\w.-]+';
/** Of a length up to 18 digits Envoy can make a number. */
const OPERATOR = [
  'DOWNSTREAM_(?:REMOTE|DIRECT_REMOTE|LOCAL)_(?:ADDRESS|ADDRESS_WITHOUT_PORT|PORT)',
  'PROTOCOL|START_TIME|REQUEST_DURATION|RESPONSE_CODE|RESPONSE_FLAGS|UPSTREAM_HOST|UPSTREAM_CLUSTER|ROUTE_NAME|HOSTNAME|CONNECTION_ID',
  `(?:REQ|RESP)\\(${NAME}(?:\\?${NAME})?\\)(?::\\d{1,18})?`,
].join('|');
const OPERATOR_OR_PERCENT = new RegExp(`%(?:${OPERATOR})%|%`, 'g');
