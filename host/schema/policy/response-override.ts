/**
 * responseOverride of BackendTrafficPolicy (shared_types.go): answers in place of others, by status and
 * headers.
 */
import { given } from '../../basics/collections.ts';
import type { ResponseOverride } from '../../model/resources.ts';
import { patternFault } from '../../regex/re2.ts';
import { answerSchema, checkAnswer, toAnswer } from '../words/answer.ts';
import { asList, asObject, type Report } from '../words/findings.ts';
import { headerName, port, preciseHostname } from '../words/names.ts';
import { checkUnion, type UnionMember } from '../words/rules.ts';
import { integer, list, object, oneOf, text } from '../words/shape.ts';

const status = () => integer(100, 599, 'a status code');
const rule = object({
  match: object({
    statusCodes: list(
      object({
        type: oneOf(['Value', 'Range']).optional(),
        value: status().optional(),
        range: object({ start: status(), end: status() }).optional(),
      }),
      1,
      50,
    ).optional(),
    responseHeaders: list(
      object({
        name: headerName(),
        value: object({
          type: oneOf(['Exact', 'Prefix', 'Suffix', 'RegularExpression']).optional(),
          value: text({ min: 1, max: 1024 }),
        }),
      }),
      1,
      16,
    ).optional(),
  }),
  response: answerSchema.optional(),
  redirect: object({
    scheme: oneOf(['http', 'https']).optional(),
    hostname: preciseHostname().optional(),
    port: port().optional(),
    path: object({
      type: oneOf(['ReplaceFullPath']),
      replaceFullPath: text({ max: 1024, pattern: /^[^\0\r\n]*$/, rule: 'a path on one line' }).optional(),
    }).optional(),
    statusCode: oneOf([301, 302]).optional(),
  }).optional(),
  source: oneOf(['Local', 'Backend', 'All']).optional(),
});
export const responseOverrideSchema = list(rule);
type Rule = ReturnType<typeof rule.parse>;

/** The CRD's default. */
const REDIRECT_STATUS = 302;

export const toOverrides = (rules: readonly Rule[]): readonly ResponseOverride[] | undefined =>
  rules.length === 0 ? undefined : rules.map(toOverride);

const toOverride = ({ match, response, redirect, source }: Rule): ResponseOverride => ({
  statuses: (match.statusCodes ?? []).map(({ type, value, range }) =>
    type === 'Range' ? { from: range!.start, to: range!.end } : { from: value!, to: value! },
  ),
  headers: (match.responseHeaders ?? []).map(({ name, value: { type = 'Exact', value } }) => ({
    ...{ name, value },
    kind: KINDS[type],
  })),
  source: source === 'All' ? undefined : source,
  ...(redirect === undefined
    ? { answer: given(response, toAnswer) ?? { set: [], add: [] } }
    : {
        redirect: {
          scheme: redirect.scheme,
          host: redirect.hostname,
          port: redirect.port,
          path: redirect.path?.replaceFullPath,
          status: redirect.statusCode ?? REDIRECT_STATUS,
        },
      }),
});
const KINDS = { Exact: 'exact', Prefix: 'prefix', Suffix: 'suffix', RegularExpression: 'regex' } as const;

const CODES: readonly UnionMember[] = [
  { type: 'Value', field: 'value' },
  { type: 'Range', field: 'range' },
];
export function checkOverrides(raw: unknown, report: Report): void {
  for (const [i, one] of asList(raw).entries()) {
    const path = ['spec', 'responseOverride', i];
    const { match, response, redirect } = asObject(one) ?? {};
    const { statusCodes, responseHeaders } = asObject(match) ?? {};
    if (asObject(match) !== undefined && statusCodes === undefined && responseHeaders === undefined)
      report.error([...path, 'match'], {
        code: 'field-missing',
        message: 'match has neither statusCodes nor responseHeaders.',
        rule: 'At least one of statusCodes and responseHeaders must be set.',
      });
    for (const [j, code] of asList(statusCodes).entries())
      checkStatus(asObject(code) ?? {}, [...path, 'match', 'statusCodes', j], report);
    for (const [j, header] of asList(responseHeaders).entries())
      checkPattern(
        asObject(asObject(header)?.value),
        [...path, 'match', 'responseHeaders', j, 'value'],
        report,
      );
    checkAnswer(response, [...path, 'response'], report);
    if ((response === undefined) === (redirect === undefined))
      report.error(path, {
        code: response === undefined ? 'field-missing' : 'field-conflict',
        message: `A responseOverride has ${response === undefined ? 'neither response nor' : 'both response and'} redirect.`,
        rule: 'One of response and redirect must be set.',
      });
  }
}

function checkStatus(
  code: Readonly<Record<string, unknown>>,
  path: (string | number)[],
  report: Report,
): void {
  checkUnion({ type: 'Value', ...code }, CODES, 'status code', path, report);
  const { start, end } = asObject(code.range) ?? {};
  if (typeof start !== 'number' || typeof end !== 'number' || end > start) return;
  report.error([...path, 'range', 'end'], {
    code: 'value-out-of-range',
    message: `end must be greater than start, ${start}, not ${end}.`,
    value: end,
    rule: 'A range has its first and its last status code.',
  });
}

function checkPattern(
  match: Readonly<Record<string, unknown>> | undefined,
  path: (string | number)[],
  report: Report,
): void {
  if (match?.type !== 'RegularExpression' || typeof match.value !== 'string') return;
  const fault = patternFault(match.value);
  if (fault === undefined) return;
  report.unusable([...path, 'value'], `ResponseOverride: regex "${match.value}" is invalid: ${fault}`, {
    code: 'value-not-supported',
    message: `value is no expression that Envoy takes: ${fault}.`,
    value: match.value,
    rule: 'A regular expression must be one of RE2.',
  });
}
