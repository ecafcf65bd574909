/** `spec.headers` of a ClientTrafficPolicy (HeaderSettings): what a listener does with headers. */
import { given } from '../../basics/collections.ts';
import type { Path } from '../../basics/path.ts';
import {
  CLIENT_CERTIFICATE_DETAILS,
  type ClientHeaders,
  FORWARD_MODES,
  type ListenerHeaderEdits,
  REQUEST_ID_ACTIONS,
  UNDERSCORE_ACTIONS,
} from '../../model/client-traffic.ts';
import { quantity } from '../policy/traffic-fields.ts';
import { asList, asObject, asText, type Report } from '../words/findings.ts';
import { refuseOurs } from '../words/header-advice.ts';
import { headerName, isToken } from '../words/names.ts';
import { flag, list, object, oneOf, text } from '../words/shape.ts';
import { stringMatch, toStringMatch } from '../words/string-match.ts';

const MOST_EDITS = 64;
const headers = () =>
  list(
    object({
      name: headerName(),
      value: text({
        min: 1,
        max: 4096,
        pattern: /^[^\0\r\n]+$/,
        rule: 'text of 1 to 4096 characters, on one line',
      }),
    }),
    1,
    MOST_EDITS,
  ).optional();
/** Once for each field: zod gives each use of a shape the same place in docs/API.md. */
const edits = () =>
  object({
    set: headers(),
    add: headers(),
    addIfAbsent: headers(),
    remove: list(headerName(), 1, MOST_EDITS).optional(),
    removeOnMatch: list(stringMatch(), 1, MOST_EDITS).optional(),
  });

/** Envoy's bound of max_request_headers_kb. */
const MOST_KB = 8192;

export const headersSchema = object({
  enableEnvoyHeaders: flag().optional(),
  disableRateLimitHeaders: flag().optional(),
  xForwardedClientCert: object({
    mode: oneOf(FORWARD_MODES).optional(),
    certDetailsToAdd: list(oneOf(CLIENT_CERTIFICATE_DETAILS), 0, 5).optional(),
  }).optional(),
  withUnderscoresAction: oneOf(UNDERSCORE_ACTIONS).optional(),
  preserveXRequestID: flag().optional(),
  requestID: oneOf(REQUEST_ID_ACTIONS).optional(),
  earlyRequestHeaders: edits().optional(),
  lateResponseHeaders: edits().optional(),
  host: object({ stripTrailingHostDot: flag().optional() }).optional(),
  maxRequestHeaderLimit: quantity(
    1024,
    MOST_KB * 1024,
    `a quantity of bytes from 1Ki to ${MOST_KB}Ki, as 96Ki`,
  ).optional(),
});

export function checkHeaders(raw: unknown, report: Report): void {
  const owner = asObject(raw);
  if (owner === undefined) return;
  const path = ['spec', 'headers'];
  if (owner.preserveXRequestID !== undefined && owner.requestID !== undefined)
    report.error([...path, 'preserveXRequestID'], {
      code: 'field-conflict',
      message: 'preserveXRequestID and requestID stand together.',
      rule: 'preserveXRequestID is the old form of requestID: PreserveOrGenerate.',
      hint: 'Remove preserveXRequestID.',
      point: 'key',
    });
  const { mode = 'Sanitize', certDetailsToAdd } = asObject(owner.xForwardedClientCert) ?? {};
  if (asList(certDetailsToAdd).length > 0 && mode !== 'AppendForward' && mode !== 'SanitizeSet')
    report.error([...path, 'xForwardedClientCert', 'certDetailsToAdd'], {
      code: 'field-conflict',
      message: `certDetailsToAdd is not allowed with the mode ${mode}.`,
      rule: 'Details of a certificate are added with the modes AppendForward and SanitizeSet only.',
      hint: 'Write mode: SanitizeSet, or remove certDetailsToAdd.',
      point: 'key',
    });
  if (mode === 'AlwaysForwardOnly' || mode === 'ForwardOnly')
    report.warning([...path, 'xForwardedClientCert', 'mode'], {
      code: 'header-believed',
      message: `x-forwarded-client-cert of ${mode === 'ForwardOnly' ? 'clients with a certificate' : 'any client'} is passed on as it came: a client can write there what it likes.`,
      value: mode,
      rule: 'Backends must not take this header for proof, unless all clients are proxies that are trusted.',
      hint: 'SanitizeSet puts the verified certificate in its place.',
    });
  for (const field of ['earlyRequestHeaders', 'lateResponseHeaders'])
    checkEdits(owner[field], field, [...path, field], report);
}

function checkEdits(raw: unknown, field: string, path: Path, report: Report): void {
  const owner = asObject(raw);
  if (owner === undefined) return;
  const lists = ['add', 'set', 'addIfAbsent', 'remove', 'removeOnMatch'];
  if (lists.every((name) => asList(owner[name]).length === 0))
    report.unusable(
      path,
      `${field === 'earlyRequestHeaders' ? 'EarlyRequestHeaders' : 'LateResponseHeaders'} did not provide valid configuration to add/set/remove any headers`,
      {
        code: 'field-missing',
        message: `${field} changes no header.`,
        rule: 'It names at least one header to set, add or remove.',
        hint: `Remove ${field}, or name a header.`,
      },
    );
  const taken = new Map<string, string>();
  for (const name of ['add', 'set', 'addIfAbsent'])
    for (const [i, entry] of asList(owner[name]).entries()) {
      const header = asText(asObject(entry)?.name)?.toLowerCase();
      if (header === undefined) continue;
      const here = [...path, name, i, 'name'];
      const first = taken.get(header);
      if (first === undefined) taken.set(header, `${name}[${i}]`);
      else
        report.warning(here, {
          code: 'value-without-effect',
          message: `The header ${header} stands in ${first} already: this entry has no effect.`,
          value: header,
          rule: 'Of several entries for one header the first holds, in the order add, set, addIfAbsent.',
          hint: 'Remove one of the two.',
        });
      checkName(header, field, here, report);
    }
  for (const [i, entry] of asList(owner.remove).entries())
    checkName(String(entry).toLowerCase(), field, [...path, 'remove', i], report);
  for (const [i, entry] of asList(owner.removeOnMatch).entries()) {
    const { type, value } = asObject(entry) ?? {};
    if (typeof value !== 'string' || isToken(value) || type === 'RegularExpression') continue;
    report.error([...path, 'removeOnMatch', i, 'value'], {
      code: 'header-name-invalid',
      message: `No header has a name with ${JSON.stringify(value)} in it.`,
      value,
      rule: "A header name has letters, digits and !#$%&'*+-.^_`|~; method, path, host and status are no headers.",
    });
  }
}

/** What Envoy sets by itself, and what it does not let anybody set. */
function checkName(header: string, field: string, path: Path, report: Report): void {
  refuseOurs(header, path, report);
  if (header !== 'host') return;
  report.error(path, {
    code: 'value-not-supported',
    message: `The header ${header} cannot be changed by ${field}.`,
    value: header,
    rule: 'The Host of a request is changed by a route (URLRewrite).',
    hint: 'Use another header.',
  });
}

export function toHeaders(headers: ReturnType<typeof headersSchema.parse>): ClientHeaders {
  const {
    preserveXRequestID: keep,
    xForwardedClientCert: certificate,
    maxRequestHeaderLimit: most,
  } = headers;
  return {
    envoyHeaders: headers.enableEnvoyHeaders ?? false,
    underscores: headers.withUnderscoresAction ?? 'RejectRequest',
    requestId: headers.requestID ?? (keep === true ? 'PreserveOrGenerate' : undefined),
    clientCertificate: given(certificate, ({ mode = 'Sanitize', certDetailsToAdd: details = [] }) => ({
      mode,
      details,
    })),
    early: given(headers.earlyRequestHeaders, toEdits),
    late: given(headers.lateResponseHeaders, toEdits),
    stripTrailingHostDot: headers.host?.stripTrailingHostDot ?? false,
    ...(headers.disableRateLimitHeaders ? { silentLimits: true as const } : {}),
    maxRequestKb: given(most, (bytes) => Math.ceil(bytes / 1024)),
  };
}

/** Of several entries for one header the first is kept. */
function toEdits(raw: ReturnType<ReturnType<typeof edits>['parse']>): ListenerHeaderEdits {
  const seen = new Set<string>();
  const fresh = (list: readonly { readonly name: string; readonly value: string }[] = []) =>
    list.filter(({ name }) => {
      const key = name.toLowerCase();
      return !seen.has(key) && seen.add(key);
    });
  return {
    add: fresh(raw.add),
    set: fresh(raw.set),
    addIfAbsent: fresh(raw.addIfAbsent),
    remove: [...new Set((raw.remove ?? []).map((name) => name.toLowerCase()))],
    removeOnMatch: (raw.removeOnMatch ?? []).map(toStringMatch),
  };
}
