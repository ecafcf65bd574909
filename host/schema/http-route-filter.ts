/**
 * HTTPRouteFilter (Envoy Gateway v1alpha1, httproutefilter_types.go): rewrites by patterns and headers, an
 * answer of Envoy's own, a credential for backends, and matches by cookie.
 */
import { given } from '../basics/collections.ts';
import { ENVOY_GATEWAY_GROUP } from '../model/groups.ts';
import type { HostSource } from '../model/route-filter.ts';
import { answerSchema, checkAnswer, toAnswer } from './words/answer.ts';
import { check } from './words/check.ts';
import { asObject, type Report } from './words/findings.ts';
import { refuseFraming, refuseOurs } from './words/header-advice.ts';
import type { Kind } from './words/kind.ts';
import { envelope, toMetadata } from './words/metadata.ts';
import { headerName } from './words/names.ts';
import { objectRef } from './words/object-ref.ts';
import { checkUnion, type UnionMember } from './words/rules.ts';
import { flag, list, object, oneOf, text } from './words/shape.ts';

const line = (min: number, max?: number) =>
  text({
    min,
    max,
    pattern: /^[^\0\r\n]*$/,
    rule: `text${min > 0 ? ' that is not empty' : ''}, on one line`,
  });
const patternEdit = (minSubstitution: number) =>
  object({ pattern: text({ min: 1 }), substitution: line(minSubstitution) });

const rewriteSchema = object({
  hostname: object({
    type: oneOf(['Header', 'Backend', 'PathRegex']),
    header: headerName().optional(),
    pathRegex: patternEdit(1).optional(),
  }).optional(),
  path: object({
    type: oneOf(['ReplaceRegexMatch']),
    replaceRegexMatch: patternEdit(0).optional(),
  }).optional(),
  appendXForwardedHost: flag().optional(),
});
const specSchema = object({
  urlRewrite: rewriteSchema.optional(),
  directResponse: answerSchema.optional(),
  credentialInjection: object({
    header: headerName().optional(),
    overwrite: flag().optional(),
    credential: object({ valueRef: objectRef() }),
  }).optional(),
  matches: list(
    object({
      cookies: list(
        object({
          type: oneOf(['Exact', 'RegularExpression']).optional(),
          name: line(1, 256),
          value: line(1, 4096),
        }),
        1,
        16,
      ),
    }),
    0,
    8,
  ).optional(),
});
const schema = object({ ...envelope, spec: specSchema });
type Hostname = NonNullable<NonNullable<ReturnType<typeof rewriteSchema.parse>>['hostname']>;

/** Envoy Gateway's. */
const STATUS = 200;
const CREDENTIAL_HEADER = 'Authorization';

export const httpRouteFilter: Kind = {
  group: ENVOY_GATEWAY_GROUP,
  kind: 'HTTPRouteFilter',
  versions: ['v1alpha1'],
  clusterScoped: false,
  schema,
  read(document, report) {
    checkSpec(document.value.spec, report);
    const data = check(schema, document.value, report);
    if (data === undefined || report.refused) return undefined;
    const { urlRewrite, directResponse, credentialInjection, matches = [] } = data.spec;
    return {
      kind: 'HTTPRouteFilter',
      apiVersion: String(document.value.apiVersion),
      metadata: toMetadata(data.metadata, false, report),
      spec: {
        matches: matches.map(({ cookies }) => ({
          cookies: cookies.map(({ type = 'Exact', name, value }) => ({ type, name, value })),
        })),
        rewrite: given(urlRewrite, ({ hostname, path, appendXForwardedHost }) => ({
          host: given(hostname, toHost),
          path: path?.replaceRegexMatch,
          forwardedHost: appendXForwardedHost,
        })),
        answer: given(directResponse, (one) => ({ ...toAnswer(one), status: one.statusCode ?? STATUS })),
        injection: given(credentialInjection, ({ header, overwrite, credential }) => ({
          header: header ?? CREDENTIAL_HEADER,
          overwrite: overwrite ?? false,
          secret: credential.valueRef,
        })),
      },
      at: document.at,
      order: document.order,
    };
  },
};

function toHost({ type, header, pathRegex }: Hostname): HostSource {
  switch (type) {
    case 'Header':
      return { kind: 'header', name: header! };
    case 'Backend':
      return { kind: 'backend' };
    case 'PathRegex':
      return { kind: 'path', ...pathRegex! };
  }
}

const HOSTS: readonly UnionMember[] = [
  { type: 'Header', field: 'header' },
  { type: 'PathRegex', field: 'pathRegex' },
];
const PATHS: readonly UnionMember[] = [{ type: 'ReplaceRegexMatch', field: 'replaceRegexMatch' }];

function checkSpec(raw: unknown, report: Report): void {
  const { urlRewrite, directResponse, credentialInjection } = asObject(raw) ?? {};
  const { hostname, path } = asObject(urlRewrite) ?? {};
  const here = ['spec', 'urlRewrite'];
  checkUnion(asObject(hostname) ?? {}, HOSTS, 'hostname', [...here, 'hostname'], report);
  checkUnion(asObject(path) ?? {}, PATHS, '', [...here, 'path'], report);
  checkAnswer(directResponse, ['spec', 'directResponse'], report);
  const { header } = asObject(credentialInjection) ?? {};
  const headerPath = ['spec', 'credentialInjection', 'header'];
  refuseOurs(header, headerPath, report);
  refuseFraming(header, headerPath, report);
}
