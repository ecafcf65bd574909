/** spec.healthCheck of BackendTrafficPolicy (healthcheck_types.go), with the CRD's defaults filled in. */

import { given } from '../../basics/collections.ts';
import type { Path } from '../../basics/path.ts';
import { POLICY_DEFAULTS } from '../../model/policy-defaults.ts';
import type { CheckMethod } from '../../model/policy-traffic.ts';
import type { OutlierDetection, Payload, PolicyHealthCheck } from '../../model/resources.ts';
import { duration, milliseconds } from '../words/duration.ts';
import { asObject, asText, type Report } from '../words/findings.ts';
import { METHODS, preciseHostname } from '../words/names.ts';
import { checkUnion, type UnionMember } from '../words/rules.ts';
import { flag, integer, leaf, list, object, oneOf, text, uint32, untranslated } from '../words/shape.ts';

/** Envoy refuses a health check by CONNECT, and with it the whole configuration. */
const CHECK_METHODS = METHODS.filter((name) => name !== 'CONNECT');
/** The API takes any text, and the case is not looked at. */
const method = () =>
  leaf<CheckMethod>({
    rule: `one of ${CHECK_METHODS.join(', ')}`,
    code: 'value-unknown',
    read: (value) =>
      given(asText(value), (text) => CHECK_METHODS.find((name) => name === text.toUpperCase())),
  });

const payload = () =>
  object({
    type: oneOf(['Text', 'Binary']),
    text: text({ min: 1 }).optional(),
    binary: text({
      pattern: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
      rule: 'base64',
    }).optional(),
  });

export const healthCheckSchema = object({
  panicThreshold: integer(0, 100, 'a percentage').optional(),
  active: object({
    type: oneOf(['HTTP', 'TCP', 'GRPC']),
    timeout: duration(true).optional(),
    interval: duration(true).optional(),
    initialJitter: duration().optional(),
    unhealthyThreshold: uint32(1).optional(),
    healthyThreshold: uint32(1).optional(),
    http: object({
      path: text({
        // What a header value may contain (health_check.proto).
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are the characters that are not allowed
        pattern: /^[^\u0000-\u0008\n-\u001f\u007f]{1,1024}$/,
        rule: 'a path of 1 to 1024 characters, on one line',
      }),
      method: method().optional(),
      hostname: preciseHostname().optional(),
      expectedStatuses: list(integer(100, 599, 'a status code')).optional(),
      expectedResponse: payload().optional(),
      requestBody: payload().optional(),
      retriableStatuses: list(integer(100, 599, 'a status code')).optional(),
    }).optional(),
    tcp: object({ send: payload().optional(), receive: payload().optional() }).optional(),
    grpc: object({ service: text().optional() }).optional(),
    healthCheckLog: untranslated(),
    overrides: object({ port: integer(1, 65535, 'a port').optional() }).optional(),
  }).optional(),
  passive: object({
    splitExternalLocalOriginErrors: flag().optional(),
    consecutiveLocalOriginFailures: uint32().optional(),
    consecutiveGatewayErrors: uint32().optional(),
    consecutive5XxErrors: uint32().optional(),
    interval: duration(true).optional(),
    baseEjectionTime: duration(true).optional(),
    maxEjectionPercent: integer(0, 100, 'a percentage').optional(),
    failurePercentageThreshold: integer(0, 100, 'a percentage').optional(),
    alwaysEjectOneEndpoint: flag().optional(),
  }).optional(),
});
type Checked = ReturnType<typeof healthCheckSchema.parse>;

const base: Path = ['spec', 'healthCheck', 'active'];

const CHECKERS: readonly UnionMember[] = [
  { type: 'HTTP', field: 'http' },
  { type: 'TCP', field: 'tcp' },
  { type: 'GRPC', field: 'grpc', optional: true },
];
const PAYLOADS: readonly UnionMember[] = [
  { type: 'Text', field: 'text' },
  { type: 'Binary', field: 'binary' },
];

export function checkHealthCheck(raw: unknown, report: Report): void {
  const active = asObject(asObject(raw)?.active);
  if (active === undefined) return;
  checkUnion(active, CHECKERS, 'health check', base, report);
  const http = asObject(active.http);
  const tcp = asObject(active.tcp);
  checkRequestBody(http, report);
  checkPayload(http?.expectedResponse, [...base, 'http', 'expectedResponse'], report);
  checkSize(http?.expectedResponse, [...base, 'http', 'expectedResponse'], report);
  checkPayload(tcp?.send, [...base, 'tcp', 'send'], report);
  checkPayload(tcp?.receive, [...base, 'tcp', 'receive'], report);
}

/** As in healthcheck_types.go (CEL): GET, which is the default, has no body. */
function checkRequestBody(http: Record<string, unknown> | undefined, report: Report): void {
  if (http?.requestBody === undefined) return;
  const path = [...base, 'http', 'requestBody'];
  checkPayload(http.requestBody, path, report);
  const verb = http.method ?? 'GET';
  if (typeof verb !== 'string' || ['POST', 'PUT'].includes(verb.toUpperCase())) return;
  report.error(path, {
    code: 'field-conflict',
    message: `requestBody is not allowed with method ${verb}.`,
    rule: 'requestBody can be set when the method is POST or PUT, and only then.',
    hint: 'Remove requestBody, or use method: POST.',
    point: 'key',
  });
}

/**
 * Envoy keeps this much of a response (health_check.proto, response_buffer_size) and refuses to wait for
 * more.
 */
const MAX_RESPONSE_BYTES = 1024;

function checkSize(raw: unknown, path: Path, report: Report): void {
  const { text, binary } = asObject(raw) ?? {};
  for (const [field, value, encoding] of [
    ['text', text, 'utf8'],
    ['binary', binary, 'base64'],
  ] as const) {
    if (typeof value !== 'string') continue;
    const size = Buffer.byteLength(value, encoding);
    if (size <= MAX_RESPONSE_BYTES) continue;
    report.error([...path, field], {
      code: 'value-out-of-range',
      message: `The expected response has ${size} bytes; Envoy compares the first ${MAX_RESPONSE_BYTES}.`,
      rule: `An expected response may have ${MAX_RESPONSE_BYTES} bytes.`,
      hint: 'Expect a part of the response: it is enough that it is found.',
    });
  }
}

function checkPayload(raw: unknown, path: Path, report: Report): void {
  const value = asObject(raw);
  if (value === undefined) return;
  checkUnion(value, PAYLOADS, 'payload', path, report);
}

export const toHealthCheck = ({ panicThreshold, active, passive }: Checked): PolicyHealthCheck => ({
  panicThreshold,
  active: given(active, toActive),
  passive: given(passive, toPassive),
});

type Active = NonNullable<PolicyHealthCheck['active']>;
const usual = POLICY_DEFAULTS.healthCheck;

const toActive = (active: NonNullable<Checked['active']>): Active => ({
  timeoutMs: active.timeout ?? milliseconds(usual.active.timeout),
  intervalMs: active.interval ?? milliseconds(usual.active.interval),
  initialJitterMs: active.initialJitter,
  unhealthyThreshold: active.unhealthyThreshold ?? usual.active.unhealthyThreshold,
  healthyThreshold: active.healthyThreshold ?? usual.active.healthyThreshold,
  port: active.overrides?.port,
  checker: toChecker(active),
});

function toChecker({ type, http, tcp, grpc }: NonNullable<Checked['active']>): Active['checker'] {
  switch (type) {
    case 'HTTP':
      return {
        type,
        path: http!.path,
        method: http!.method,
        hostname: http!.hostname,
        expectedStatuses: http!.expectedStatuses ?? [],
        expectedResponse: given(http!.expectedResponse, toPayload),
        retriableStatuses: http!.retriableStatuses ?? [],
        requestBody: given(http!.requestBody, toPayload),
      };
    case 'TCP':
      return { type, send: given(tcp!.send, toPayload), receive: given(tcp!.receive, toPayload) };
    case 'GRPC':
      return { type, service: grpc?.service };
  }
}

const toPayload = ({
  type,
  text,
  binary,
}: {
  readonly type: 'Text' | 'Binary';
  readonly text?: string | undefined;
  readonly binary?: string | undefined;
}): Payload => (type === 'Text' ? { kind: 'text', value: text! } : { kind: 'binary', value: binary! });

const toPassive = (passive: NonNullable<Checked['passive']>): OutlierDetection => ({
  splitExternalLocalOriginErrors:
    passive.splitExternalLocalOriginErrors ?? usual.passive.splitExternalLocalOriginErrors,
  consecutiveLocalOriginFailures:
    passive.consecutiveLocalOriginFailures ?? usual.passive.consecutiveLocalOriginFailures,
  consecutiveGatewayErrors: passive.consecutiveGatewayErrors,
  consecutive5xx: passive.consecutive5XxErrors ?? usual.passive.consecutive5XxErrors,
  intervalMs: passive.interval ?? milliseconds(usual.passive.interval),
  baseEjectionMs: passive.baseEjectionTime ?? milliseconds(usual.passive.baseEjectionTime),
  maxEjectionPercent: passive.maxEjectionPercent ?? usual.passive.maxEjectionPercent,
  failurePercentageThreshold: passive.failurePercentageThreshold,
  alwaysEjectOne: passive.alwaysEjectOneEndpoint ?? usual.passive.alwaysEjectOneEndpoint,
});
