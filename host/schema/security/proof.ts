/**
 * `spec.basicAuth` and `spec.apiKeyAuth` of a SecurityPolicy (basic_auth_types.go, api_key_auth_types.go).
 */
import type { ApiKeyAuthRef, BasicAuthRef, KeySource } from '../../model/credentials.ts';
import { asList, asObject, type Report } from '../words/findings.ts';
import { refuseOurs } from '../words/header-advice.ts';
import { headerName } from '../words/names.ts';
import { objectRef } from '../words/object-ref.ts';
import { flag, list, object, text } from '../words/shape.ts';

/** The API bounds neither. */
const MAX_SECRETS = 64;
const MAX_SOURCES = 64;

export const basicAuthSchema = object({
  users: objectRef(),
  forwardUsernameHeader: headerName().optional(),
});
const name = () => text({ min: 1, pattern: /^[^\0\r\n]+$/, rule: 'a name that is not empty, on one line' });
export const apiKeyAuthSchema = object({
  credentialRefs: list(objectRef(), 0, MAX_SECRETS),
  extractFrom: list(
    object({
      headers: list(headerName(), 1, MAX_SOURCES).optional(),
      params: list(name(), 1, MAX_SOURCES).optional(),
      cookies: list(name(), 1, MAX_SOURCES).optional(),
    }),
    1,
    MAX_SOURCES,
  ),
  forwardClientIDHeader: headerName().optional(),
  sanitize: flag().optional(),
});

export const toBasicAuth = ({
  users,
  forwardUsernameHeader,
}: ReturnType<typeof basicAuthSchema.parse>): BasicAuthRef => ({
  users,
  forwardHeader: forwardUsernameHeader,
});

export const toApiKeyAuth = ({
  credentialRefs,
  extractFrom,
  forwardClientIDHeader,
  sanitize = false,
}: ReturnType<typeof apiKeyAuthSchema.parse>): ApiKeyAuthRef => ({
  refs: credentialRefs,
  sources: extractFrom.flatMap(({ headers = [], params = [], cookies = [] }): KeySource[] => [
    ...headers.map((one) => ({ kind: 'header' as const, name: one })),
    ...params.map((one) => ({ kind: 'query' as const, name: one })),
    ...cookies.map((one) => ({ kind: 'cookie' as const, name: one })),
  ]),
  forwardHeader: forwardClientIDHeader,
  sanitize,
});

const SOURCES = ['headers', 'params', 'cookies'];

export function checkApiKeyAuth(raw: unknown, report: Report): void {
  for (const [i, one] of asList(asObject(raw)?.extractFrom).entries()) {
    const from = asObject(one);
    if (from === undefined) continue;
    const path = ['spec', 'apiKeyAuth', 'extractFrom', i];
    for (const [j, name] of asList(from.headers).entries()) refuseOurs(name, [...path, 'headers', j], report);
    const given = SOURCES.filter((field) => from[field] !== undefined);
    if (given.length === 1) continue;
    report.error([...path, given[1] ?? 'headers'], {
      code: given.length === 0 ? 'field-missing' : 'field-conflict',
      message:
        given.length === 0
          ? `None of ${SOURCES.join(', ')} is set.`
          : `${given.join(' and ')} stand together.`,
      rule: `One of ${SOURCES.join(', ')} must be set.`,
      hint: given.length === 0 ? 'Add headers.' : 'Make each an item of extractFrom.',
      point: path,
    });
  }
}

/** The name of a client, in a header of ours, would choose its host. */
export function checkForwarded(raw: unknown, [part, field]: readonly [string, string], report: Report): void {
  refuseOurs(asObject(raw)?.[field], ['spec', part, field], report);
}
