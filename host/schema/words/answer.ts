/**
 * An answer that Envoy gives by itself, as Envoy Gateway's kinds write it (CustomResponse,
 * HTTPDirectResponseFilter): status, media type, body and headers.
 */
import type { Path } from '../../basics/path.ts';
import type { Answer } from '../../model/policy-handling.ts';
import { asObject, type Report } from './findings.ts';
import { headerName, refName } from './names.ts';
import { checkUnion, type UnionMember } from './rules.ts';
import { integer, list, object, oneOf, text } from './shape.ts';

const headers = () =>
  list(object({ name: headerName(), value: text({ min: 1, max: 4096 }) }), 0, 64).optional();

export const answerSchema = object({
  contentType: text({ pattern: /^[^\0\r\n]*$/, rule: 'a media type, on one line' }).optional(),
  statusCode: integer(200, 599, 'a status code').optional(),
  body: object({
    type: oneOf(['Inline', 'ValueRef']).optional(),
    inline: text().optional(),
    valueRef: object({
      group: oneOf(['']).optional(),
      kind: oneOf(['ConfigMap']),
      name: refName(),
    }).optional(),
  }).optional(),
  header: object({ set: headers(), add: headers(), remove: list(text(), 0, 0).optional() }).optional(),
});

export const toAnswer = ({
  contentType,
  statusCode,
  body,
  header,
}: ReturnType<typeof answerSchema.parse>): Answer => ({
  status: statusCode,
  contentType,
  body: body?.type === 'ValueRef' ? undefined : body?.inline,
  configMap: body?.type === 'ValueRef' ? body.valueRef?.name : undefined,
  set: header?.set ?? [],
  add: header?.add ?? [],
});

const BODIES: readonly UnionMember[] = [
  { type: 'Inline', field: 'inline' },
  { type: 'ValueRef', field: 'valueRef' },
];

/** @param path Of the answer. */
export function checkAnswer(raw: unknown, path: Path, report: Report): void {
  const body = asObject(asObject(raw)?.body);
  if (body !== undefined) checkUnion({ type: 'Inline', ...body }, BODIES, 'body', [...path, 'body'], report);
}
