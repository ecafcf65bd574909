/**
 * SecurityPolicy (Envoy Gateway v1alpha1, securitypolicy_types.go): what Envoy decides alone. Fields that
 * need another service refuse the policy as a whole, which closes what it targets (protecting.ts).
 */
import { given } from '../../basics/collections.ts';
import type { Locate } from '../../diagnostics/diagnostic.ts';
import { ENVOY_GATEWAY_GROUP } from '../../model/groups.ts';
import type { Resource } from '../../model/resource.ts';
import type { SecurityPolicySpec } from '../../model/security.ts';
import { atTargetRef, checkTargets, SECURITY, targetShape, toTargets } from '../policy/targets.ts';
import { check } from '../words/check.ts';
import { asObject, Report } from '../words/findings.ts';
import type { Kind } from '../words/kind.ts';
import { envelope, toMetadata } from '../words/metadata.ts';
import { object, refused, text } from '../words/shape.ts';
import { authorizationSchema, checkAuthorization, toAuthorization } from './authorization.ts';
import { corsSchema, toCors } from './cors.ts';
import { checkCsrf, csrfSchema, toCsrf } from './csrf.ts';
import {
  apiKeyAuthSchema,
  basicAuthSchema,
  checkApiKeyAuth,
  checkForwarded,
  toApiKeyAuth,
  toBasicAuth,
} from './proof.ts';

const specSchema = object({
  ...targetShape,
  mergeType: text().optional(),
  cors: corsSchema.optional(),
  csrf: csrfSchema.optional(),
  authorization: authorizationSchema.optional(),
  basicAuth: basicAuthSchema.optional(),
  apiKeyAuth: apiKeyAuthSchema.optional(),
  jwt: refused('anybody would be let in without a token'),
  oidc: refused('anybody would be let in without a login'),
  extAuth: refused('the service would not be asked whom to let in'),
});
const schema = object({ ...envelope, spec: specSchema });
type CheckedSpec = ReturnType<typeof specSchema.parse>;

export const securityPolicy: Kind = {
  group: ENVOY_GATEWAY_GROUP,
  kind: 'SecurityPolicy',
  versions: ['v1alpha1'],
  clusterScoped: false,
  schema,
  read(document, report) {
    const raw = document.value.spec;
    checkTargets(raw, report, SECURITY);
    checkSpec(raw, report);
    const data = check(schema, document.value, report);
    if (data === undefined || report.refused) return undefined;
    const metadata = toMetadata(data.metadata, false, report);
    return {
      kind: 'SecurityPolicy',
      apiVersion: String(document.value.apiVersion),
      metadata,
      spec: toSpec(data.spec, raw, { rules: metadata }),
      at: atTargetRef(document.at, data.spec.targetRef !== undefined),
      order: document.order,
      invalid: report.invalid,
    };
  },
};

function checkSpec(raw: unknown, report: Report): void {
  const { authorization, apiKeyAuth, basicAuth, csrf } = asObject(raw) ?? {};
  checkAuthorization(authorization, report);
  checkCsrf(csrf, report);
  checkApiKeyAuth(apiKeyAuth, report);
  checkForwarded(basicAuth, ['basicAuth', 'forwardUsernameHeader'], report);
  checkForwarded(apiKeyAuth, ['apiKeyAuth', 'forwardClientIDHeader'], report);
}

type Name = Pick<Resource<string, unknown>['metadata'], 'namespace' | 'name'>;
/** Which policy a part was written in: where two are merged it may be either. */
export interface Owners {
  readonly rules: Name;
}

/** A merged spec; `at` takes paths that start with `spec`. `spec` is absent after an error. */
export function readSecurity(
  raw: unknown,
  at: Locate,
  owners: Owners,
): { readonly spec?: SecurityPolicySpec; readonly messages: readonly string[] } {
  const report = new Report({ at, keyAt: at });
  checkSpec(raw, report);
  const data = check(specSchema, raw, report, ['spec']);
  if (data !== undefined && !report.refused && report.invalid.length === 0)
    return { spec: toSpec(data, raw, owners), messages: [] };
  const errors = report.diagnostics.filter(({ severity }) => severity === 'error');
  return { messages: report.invalid.length > 0 ? report.invalid : errors.map(({ message }) => message) };
}

const toSpec = (data: CheckedSpec, raw: unknown, { rules }: Owners): SecurityPolicySpec => ({
  ...toTargets(data),
  mergeType: data.mergeType,
  cors: given(data.cors, toCors),
  csrf: given(data.csrf, toCsrf),
  authorization: given(data.authorization, (one) =>
    toAuthorization(one, `securitypolicy/${rules.namespace}/${rules.name}`),
  ),
  basicAuth: given(data.basicAuth, toBasicAuth),
  apiKeyAuth: given(data.apiKeyAuth, toApiKeyAuth),
  raw: asObject(raw) ?? {},
});
