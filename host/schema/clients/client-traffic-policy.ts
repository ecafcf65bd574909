/**
 * ClientTrafficPolicy (Envoy Gateway v1alpha1, clienttrafficpolicy_types.go): how the listeners of a Gateway
 * treat clients. HTTP/3 is named in a warning: Envoy is not made to listen on UDP.
 */
import { given } from '../../basics/collections.ts';
import type { ClientSettings, DeprecatedField } from '../../model/client-traffic.ts';
import { ENVOY_GATEWAY_GROUP } from '../../model/groups.ts';
import { atTargetRef, CLIENT_TRAFFIC, checkTargets, targetShape, toTargets } from '../policy/targets.ts';
import {
  checkHttp2,
  http2Schema,
  tcpKeepaliveSchema,
  toHttp2,
  toTcpKeepalive,
} from '../policy/upstream-fields.ts';
import { check } from '../words/check.ts';
import { asObject, type Report } from '../words/findings.ts';
import type { Kind } from '../words/kind.ts';
import { envelope, toMetadata } from '../words/metadata.ts';
import { flag, object, oneOf, text, untranslated } from '../words/shape.ts';
import {
  checkConnection,
  clientConnectionSchema,
  clientTimeoutSchema,
  http1Schema,
  pathSchema,
  toClientConnection,
  toClientTimeout,
  toHttp1,
  toPath,
} from './connections.ts';
import { checkDetection, detectionSchema, toDetection } from './detection.ts';
import { checkHeaders, headersSchema, toHeaders } from './headers.ts';
import { checkClientTls, clientTlsSchema, toClientTls } from './tls.ts';

const specSchema = object({
  ...targetShape,
  tcpKeepalive: tcpKeepaliveSchema.optional(),
  enableProxyProtocol: flag().optional(),
  proxyProtocol: object({ optional: flag().optional() }).optional(),
  clientIPDetection: detectionSchema.optional(),
  tls: clientTlsSchema.optional(),
  path: pathSchema.optional(),
  headers: headersSchema.optional(),
  timeout: clientTimeoutSchema.optional(),
  connection: clientConnectionSchema.optional(),
  http1: http1Schema.optional(),
  http2: http2Schema.optional(),
  http3: untranslated(),
  grpc: object({ enableWeb: flag().optional() }).optional(),
  healthCheck: object({
    path: text({
      min: 1,
      max: 1024,
      pattern: /^[^\0\r\n]+$/,
      rule: 'a path of 1 to 1024 characters, on one line',
    }),
  }).optional(),
  scheme: oneOf(['Preserve', 'MatchBackend']).optional(),
});
const schema = object({ ...envelope, spec: specSchema });
type CheckedSpec = ReturnType<typeof specSchema.parse>;

export const clientTrafficPolicy: Kind = {
  group: ENVOY_GATEWAY_GROUP,
  kind: 'ClientTrafficPolicy',
  versions: ['v1alpha1'],
  clusterScoped: false,
  schema,
  read(document, report) {
    const raw = document.value.spec;
    checkTargets(raw, report, CLIENT_TRAFFIC);
    const spec = asObject(raw);
    if (spec !== undefined) checkSpec(spec, report);
    const data = check(schema, document.value, report);
    if (data === undefined || report.refused) return undefined;
    const deprecated = deprecatedIn(data.spec);
    // checkTargets has told about targetRef.
    for (const { field, instead } of deprecated)
      if (field !== 'spec.targetRef')
        report.warning(field.split('.'), {
          code: 'field-deprecated',
          message: `${field} is deprecated.`,
          hint: `Use ${instead}.`,
          point: 'key',
        });
    return {
      kind: 'ClientTrafficPolicy',
      apiVersion: String(document.value.apiVersion),
      metadata: toMetadata(data.metadata, false, report),
      spec: { ...toTargets(data.spec), settings: toSettings(data.spec), deprecated },
      at: atTargetRef(document.at, data.spec.targetRef !== undefined),
      order: document.order,
      invalid: report.invalid,
    };
  },
};

function checkSpec(spec: Readonly<Record<string, unknown>>, report: Report): void {
  checkDetection(spec.clientIPDetection, report);
  checkHeaders(spec.headers, report);
  checkConnection(spec.connection, report);
  checkHttp2(spec.http2, report);
  checkClientTls(spec.tls, report);
}

function deprecatedIn(spec: CheckedSpec): readonly DeprecatedField[] {
  const found: DeprecatedField[] = [];
  const add = (there: boolean, field: string, instead: string): void => {
    if (there) found.push({ field, instead });
  };
  add(spec.enableProxyProtocol !== undefined, 'spec.enableProxyProtocol', 'spec.proxyProtocol');
  const { preserveXRequestID } = spec.headers ?? {};
  add(preserveXRequestID !== undefined, 'spec.headers.preserveXRequestID', 'spec.headers.requestID');
  const old = 'spec.tls.clientValidation';
  add(spec.tls?.clientValidation?.optional === true, `${old}.optional`, `${old}.mode`);
  add(spec.targetRef !== undefined, 'spec.targetRef', 'spec.targetRefs');
  return found;
}

const toSettings = (spec: CheckedSpec): ClientSettings => ({
  tcpKeepalive: given(spec.tcpKeepalive, toTcpKeepalive),
  proxyProtocol:
    given(spec.proxyProtocol, ({ optional = false }) => ({ optional })) ??
    (spec.enableProxyProtocol === true ? { optional: false } : undefined),
  clientIp: given(spec.clientIPDetection, toDetection),
  path: given(spec.path, toPath),
  headers: given(spec.headers, toHeaders),
  timeout: given(spec.timeout, toClientTimeout),
  connection: given(spec.connection, toClientConnection),
  http1: given(spec.http1, toHttp1),
  http2: given(spec.http2, toHttp2),
  grpcWeb: spec.grpc?.enableWeb,
  healthCheckPath: spec.healthCheck?.path,
  matchBackendScheme: spec.scheme === 'MatchBackend' ? true : undefined,
  tls: given(spec.tls, toClientTls),
});
