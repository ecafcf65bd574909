/** spec.healthCheck of BackendTrafficPolicy (healthcheck_types.go), with the CRD's defaults filled in. */
import type { PolicyHealthCheck } from '../../model/resources.ts';
import { duration } from '../words/duration.ts';
import { asObject, type Path, type Report } from '../words/findings.ts';
import { preciseHostname } from '../words/names.ts';
import { flag, integer, leaf, list, object, oneOf, text, uint32, untranslated } from '../words/shape.ts';

/** Envoy's (core.v3.RequestMethod); the API takes any text, and the case is not looked at. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'];
const method = () =>
  leaf<string>({
    rule: `one of ${METHODS.join(', ')}`,
    code: 'value-unknown',
    read: (value) => (typeof value === 'string' && METHODS.includes(value.toUpperCase()) ? value : undefined),
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
        // What may stand in a header value (health_check.proto).
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not stand there
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

/** Each type has its field; http and tcp need it, grpc may be left out. */
export function checkHealthCheck(raw: unknown, report: Report): void {
  const active = asObject(asObject(raw)?.active);
  if (active === undefined) return;
  const { type } = active;
  for (const owner of ['HTTP', 'TCP', 'GRPC']) {
    const field = owner.toLowerCase();
    const has = active[field] !== undefined;
    if (typeof type !== 'string' || has === (type === owner) || (!has && owner === 'GRPC')) continue;
    report.error([...base, field], {
      code: has ? 'field-conflict' : 'field-missing',
      message: has
        ? `${field} stands beside health check type ${type}.`
        : `type is ${owner}, but ${field} is missing.`,
      rule: `${field} must be set when the health check type is ${owner}, and only then.`,
      hint: has ? `Remove ${field}, or use type: ${owner}.` : `Add ${field}.`,
      point: has ? 'key' : [...base, 'type'],
    });
  }
  const http = asObject(active.http);
  const tcp = asObject(active.tcp);
  checkRequestBody(http, report);
  checkPayload(http?.expectedResponse, [...base, 'http', 'expectedResponse'], report);
  checkSize(http?.expectedResponse, [...base, 'http', 'expectedResponse'], report);
  checkPayload(tcp?.send, [...base, 'tcp', 'send'], report);
  checkPayload(tcp?.receive, [...base, 'tcp', 'receive'], report);
}

/** As healthcheck_types.go (CEL): no body beside GET, which is what is meant without a method. */
function checkRequestBody(http: Record<string, unknown> | undefined, report: Report): void {
  if (http?.requestBody === undefined) return;
  const path = [...base, 'http', 'requestBody'];
  checkPayload(http.requestBody, path, report);
  const verb = http.method ?? 'GET';
  if (typeof verb !== 'string' || ['POST', 'PUT'].includes(verb.toUpperCase())) return;
  report.error(path, {
    code: 'field-conflict',
    message: `requestBody stands beside method ${verb}.`,
    rule: 'requestBody can be set when the method is POST or PUT, and only then.',
    hint: 'Remove requestBody, or use method: POST.',
    point: 'key',
  });
}

/** Envoy keeps so much of a response (health_check.proto, response_buffer_size), and refuses to wait for more. */
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
  for (const [owner, field] of [
    ['Text', 'text'],
    ['Binary', 'binary'],
  ] as const) {
    const has = value[field] !== undefined;
    if (typeof value.type !== 'string' || has === (value.type === owner)) continue;
    report.error([...path, field], {
      code: has ? 'field-conflict' : 'field-missing',
      message: has
        ? `${field} stands beside type ${value.type}.`
        : `type is ${owner}, but ${field} is missing.`,
      rule: `${field} must be set when the payload type is ${owner}, and only then.`,
      hint: has ? `Remove ${field}, or use type: ${owner}.` : `Add ${field}.`,
      point: has ? 'key' : [...path, 'type'],
    });
  }
}

export function toHealthCheck({ panicThreshold, active, passive }: Checked): PolicyHealthCheck {
  return {
    ...(panicThreshold === undefined ? {} : { panicThreshold }),
    ...(active === undefined
      ? {}
      : {
          active: {
            timeoutMs: active.timeout ?? 1000,
            intervalMs: active.interval ?? 3000,
            ...(active.initialJitter === undefined ? {} : { initialJitterMs: active.initialJitter }),
            unhealthyThreshold: active.unhealthyThreshold ?? 3,
            healthyThreshold: active.healthyThreshold ?? 1,
            ...(active.overrides?.port === undefined ? {} : { port: active.overrides.port }),
            checker: toChecker(active),
          },
        }),
    ...(passive === undefined ? {} : { passive: toPassive(passive) }),
  };
}

type Active = NonNullable<PolicyHealthCheck['active']>;
function toChecker({ type, http, tcp, grpc }: NonNullable<Checked['active']>): Active['checker'] {
  switch (type) {
    case 'HTTP':
      return {
        type,
        path: http!.path,
        ...(http!.method === undefined ? {} : { method: http!.method }),
        ...(http!.hostname === undefined ? {} : { hostname: http!.hostname }),
        expectedStatuses: http!.expectedStatuses ?? [],
        ...(http!.expectedResponse === undefined
          ? {}
          : { expectedResponse: toPayload(http!.expectedResponse) }),
        retriableStatuses: http!.retriableStatuses ?? [],
        ...(http!.requestBody === undefined ? {} : { requestBody: toPayload(http!.requestBody) }),
      };
    case 'TCP':
      return {
        type,
        ...(tcp!.send === undefined ? {} : { send: toPayload(tcp!.send) }),
        ...(tcp!.receive === undefined ? {} : { receive: toPayload(tcp!.receive) }),
      };
    case 'GRPC':
      return { type, ...(grpc?.service === undefined ? {} : { service: grpc.service }) };
  }
}

const toPayload = (value: {
  readonly type: 'Text' | 'Binary';
  readonly text?: string | undefined;
  readonly binary?: string | undefined;
}): { type: 'Text' | 'Binary'; value: string } => ({
  type: value.type,
  value: (value.type === 'Text' ? value.text : value.binary)!,
});

function toPassive(passive: NonNullable<Checked['passive']>): NonNullable<PolicyHealthCheck['passive']> {
  const { consecutiveGatewayErrors, failurePercentageThreshold } = passive;
  return {
    splitExternalLocalOriginErrors: passive.splitExternalLocalOriginErrors ?? false,
    consecutiveLocalOriginFailures: passive.consecutiveLocalOriginFailures ?? 5,
    ...(consecutiveGatewayErrors === undefined ? {} : { consecutiveGatewayErrors }),
    consecutive5XxErrors: passive.consecutive5XxErrors ?? 5,
    intervalMs: passive.interval ?? 3000,
    baseEjectionTimeMs: passive.baseEjectionTime ?? 30_000,
    maxEjectionPercent: passive.maxEjectionPercent ?? 10,
    ...(failurePercentageThreshold === undefined ? {} : { failurePercentageThreshold }),
    alwaysEjectOneEndpoint: passive.alwaysEjectOneEndpoint ?? false,
  };
}
