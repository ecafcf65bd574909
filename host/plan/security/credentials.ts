/**
 * Users and keys that SecurityPolicies refer to, from their Secrets: in a merged policy by that of the two
 * which has the field. Without them the policy is invalid, so that its targets answer 500. No message shows
 * a value.
 */
import { Hidden } from '../../basics/hidden.ts';
import type { Path } from '../../basics/path.ts';
import { compareText } from '../../basics/text.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { ENVOY_GATEWAY_GROUP } from '../../model/groups.ts';
import type {
  ApiKeyAuth,
  BasicAuth,
  MergeSpecs,
  Model,
  Secret,
  SecretRef,
  SecurityPolicy,
  SecurityPolicySpec,
} from '../../model/resources.ts';
import { about, keyOf, label } from '../from.ts';
import type { FindSecret } from '../tls/secret-refs.ts';
import { readUsers } from './htpasswd.ts';

const USERS = '.htpasswd';
const RULE = 'Without its users or keys a SecurityPolicy lets nobody in: its targets answer 500.';

interface Problem {
  /** As the status of the policy says it. */
  readonly status: string;
  readonly tell: (policy: SecurityPolicy) => Diagnostic;
}
type Read<T> = { readonly found: T; readonly problem?: undefined } | { readonly problem: Problem };

export function withCredentials(
  model: Model,
  mergeSpecs: MergeSpecs<SecurityPolicy>,
  findSecret: FindSecret,
  diagnostics: Diagnostic[],
): { model: Model; mergeSpecs: MergeSpecs<SecurityPolicy> } {
  const fill = fillWith(findSecret);
  const securityPolicies = model.securityPolicies.map((policy): SecurityPolicy => {
    const { spec, problems } = fill(policy.spec, nameOf(policy), policy, policy);
    for (const { tell } of problems) diagnostics.push(tell(policy));
    return spec === policy.spec && problems.length === 0
      ? policy
      : { ...policy, spec, invalid: [...policy.invalid, ...problems.map(({ status }) => status)] };
  });
  return {
    model: { ...model, securityPolicies },
    mergeSpecs: (parent, child) => {
      const merged = mergeSpecs(parent, child);
      if (merged.kind !== 'merged') return merged;
      const owner = (has: (spec: SecurityPolicySpec) => boolean) => (has(child.spec) ? child : parent);
      const { spec, problems } = fill(
        merged.spec,
        `${nameOf(child)}/with/${nameOf(parent)}`,
        owner(({ basicAuth }) => basicAuth !== undefined),
        owner(({ apiKeyAuth }) => (apiKeyAuth?.refs.length ?? 0) > 0),
      );
      return problems.length > 0
        ? { kind: 'invalid', messages: problems.map(({ status }) => status) }
        : { kind: 'merged', spec };
    },
  };
}

const nameOf = (policy: SecurityPolicy): string => `securitypolicy/${keyOf(policy)}`;

/** A spec with what stands in the Secrets that it refers to. */
const fillWith =
  (findSecret: FindSecret) =>
  (
    spec: SecurityPolicySpec,
    name: string,
    usersOwner: SecurityPolicy,
    keysOwner: SecurityPolicy,
  ): { readonly spec: SecurityPolicySpec; readonly problems: readonly Problem[] } => {
    const basicAuth = readBasic(spec, name, usersOwner, findSecret);
    const apiKeyAuth = readKeys(spec, name, keysOwner, findSecret);
    const problems = [basicAuth, apiKeyAuth].flatMap((one) => one?.problem ?? []);
    const found = <T>(one: Read<T> | undefined): T | undefined =>
      one?.problem === undefined ? one?.found : undefined;
    if (basicAuth === undefined && apiKeyAuth === undefined) return { spec, problems };
    return {
      spec: { ...spec, proven: { basicAuth: found(basicAuth), apiKeyAuth: found(apiKeyAuth) } },
      problems,
    };
  };

function readBasic(
  { basicAuth }: SecurityPolicySpec,
  name: string,
  owner: SecurityPolicy,
  findSecret: FindSecret,
): Read<BasicAuth> | undefined {
  if (basicAuth === undefined) return undefined;
  const path = ['spec', 'basicAuth', 'users'];
  const { secret, problem } = secretOf(basicAuth.users, 'BasicAuth', path, owner, findSecret);
  if (problem !== undefined) return { problem };
  const bad = (why: string): Read<BasicAuth> => ({ problem: unusable('BasicAuth', secret, why, path) });
  const entry = secret.spec.entries.get(USERS);
  if (entry?.fault !== undefined) return bad(`its ${USERS} ${entry.fault}`);
  if (entry === undefined || entry.value.size === 0) return bad(`must contain a non-empty "${USERS}" key`);
  const users = readUsers(entry.value.revealText());
  if (users.fault !== undefined)
    return { problem: unusable('BasicAuth', secret, users.fault, path, BY_HTPASSWD) };
  return {
    found: { name, users: new Hidden(Buffer.from(users.lines)), forwardHeader: basicAuth.forwardHeader },
  };
}

/** Of a client with keys in several Secrets the first counts. */
function readKeys(
  { apiKeyAuth }: SecurityPolicySpec,
  name: string,
  owner: SecurityPolicy,
  findSecret: FindSecret,
): Read<ApiKeyAuth> | undefined {
  if (apiKeyAuth === undefined) return undefined;
  const clients = new Map<string, Hidden>();
  const seen = new Set<string>();
  for (const [i, ref] of apiKeyAuth.refs.entries()) {
    const path = ['spec', 'apiKeyAuth', 'credentialRefs', i];
    const { secret, problem } = secretOf(ref, 'APIKeyAuth', path, owner, findSecret);
    if (problem !== undefined) return { problem };
    const bad = (why: string): Read<ApiKeyAuth> => ({ problem: unusable('APIKeyAuth', secret, why, path) });
    for (const [client, { value, fault }] of [...secret.spec.entries].sort(([a], [b]) => compareText(a, b))) {
      if (clients.has(client)) continue;
      if (fault !== undefined) return bad(`its ${client} ${fault}`);
      const key = value.revealText();
      if (!/^[ -~]+$/.test(key)) return bad(`the key of ${client} is empty, or no request can bring it`);
      if (seen.has(key)) return bad(`duplicated API key (of ${client})`);
      seen.add(key);
      clients.set(client, value);
    }
  }
  const { sources, forwardHeader, sanitize } = apiKeyAuth;
  const keys = [...clients].map(([client, key]) => ({ client, key }));
  return { found: { name, keys, sources, forwardHeader, sanitize } };
}

type FoundFor =
  | { readonly secret: Secret; readonly problem?: undefined }
  | { readonly secret?: undefined; readonly problem: Problem };

function secretOf(
  ref: SecretRef,
  part: string,
  path: Path,
  owner: SecurityPolicy,
  findSecret: FindSecret,
): FoundFor {
  const { namespace } = owner.metadata;
  const from = { group: ENVOY_GATEWAY_GROUP, kind: 'SecurityPolicy', namespace };
  const { secret, problem } = findSecret(from, ref);
  if (problem === undefined) return { secret };
  const { message, field, hint, missing } = problem;
  const tell = (policy: SecurityPolicy): Diagnostic =>
    about(policy, [...path, field], 'error', 'credential-unresolved', `${message}.`, {
      value: ref[field],
      rule: RULE,
      hint,
      ...(missing === undefined ? {} : { missing }),
    });
  return { problem: { status: `${part}: ${message}`, tell } };
}

/** Envoy knows no other kind of hash. */
const BY_HTPASSWD =
  'Write the lines by: htpasswd -s -n NAME (SHA-1; -B and -m make others, which Envoy does not take).';

function unusable(part: string, secret: Secret, why: string, path: Path, hint?: string): Problem {
  return {
    status: `${part}: ${label(secret)}: ${why}`,
    tell: (policy) =>
      about(policy, path, 'error', 'credential-invalid', `${label(secret)} cannot be used: ${why}.`, {
        rule: RULE,
        hint,
        notes: [{ message: 'This is the Secret', at: secret.at('metadata', 'name') }],
      }),
  };
}
