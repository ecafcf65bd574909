/**
 * Which BackendTLSPolicy holds for what a route refers to: one for the port before one for all ports, of
 * several the oldest (Gateway API; Envoy Gateway, getBackendTLSPolicy). Where a policy names a port that is
 * not there, its target is closed: Envoy Gateway calls it in plain text.
 */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ModelIndex } from '../../model/index.ts';
import type { BackendObjectRef, BackendTLSPolicy } from '../../model/resources.ts';
import { about, byAge, keyOf, label } from '../from.ts';
import type { Hint } from '../hints.ts';

export interface BackendPolicies {
  /** @param namespace Of what is referred to. */
  of(ref: BackendObjectRef, namespace: string): FoundPolicy;
  /** The policy that has a target of this one already. */
  rival(policy: BackendTLSPolicy): BackendTLSPolicy | undefined;
}
export interface FoundPolicy {
  readonly policy?: BackendTLSPolicy;
  /** The policy cannot be followed here, so the backend may not be called: the reason. */
  readonly closed?: string;
}

const NONE: FoundPolicy = {};
const scope = (kind: string, namespace: string, name: string, section = ''): string =>
  `${kind}/${namespace}/${name}#${section}`;

export function backendPolicies(
  policies: readonly BackendTLSPolicy[],
  index: ModelIndex,
  hint: Hint,
  diagnostics: Diagnostic[],
): BackendPolicies {
  const holders = new Map<string, BackendTLSPolicy>();
  const rivals = new Map<BackendTLSPolicy, BackendTLSPolicy>();
  /** By the whole target: policies for a port that it does not have. */
  const astray = new Map<string, { readonly policy: BackendTLSPolicy; readonly closed: string }>();
  const sectioned = new Set<string>();

  const sectionsOf = (kind: string, namespace: string, name: string): readonly string[] | undefined =>
    kind === 'Service'
      ? index.service(namespace, name)?.spec.ports.map((port) => port.name)
      : index.backend(namespace, name)?.spec.endpoints.map(({ port }) => String(port));

  for (const policy of [...policies].sort(byAge)) {
    const { namespace } = policy.metadata;
    for (const [i, { kind, name, sectionName }] of policy.spec.targetRefs.entries()) {
      const path = ['spec', 'targetRefs', i];
      const sections = sectionsOf(kind, namespace, name);
      if (sections === undefined) {
        diagnostics.push(unknownTarget(policy, i));
        continue;
      }
      const whole = scope(kind, namespace, name);
      if (sectionName !== undefined && !sections.includes(sectionName)) {
        const closed = `No section name ${sectionName} found for ${kind} ${namespace}/${name}`;
        if (!astray.has(whole)) astray.set(whole, { policy, closed });
        const own = [...new Set(sections)].filter((one) => one !== '').join(', ');
        diagnostics.push(
          about(policy, [...path, 'sectionName'], 'error', 'section-unknown', `${closed}.`, {
            value: sectionName,
            rule: `sectionName is ${kind === 'Service' ? "the name of one of the Service's ports" : "the port of one of the Backend's endpoints"}; until then requests answer 500.`,
            hint: hint(
              sectionName,
              () => sections,
              own === ''
                ? 'Its ports have no names: name one, or leave out sectionName.'
                : `Its ports: ${own}.`,
            ),
          }),
        );
        continue;
      }
      const key = scope(kind, namespace, name, sectionName);
      const holder = holders.get(key);
      if (holder === undefined) {
        holders.set(key, policy);
        if (sectionName !== undefined) sectioned.add(whole);
        continue;
      }
      if (!rivals.has(policy)) rivals.set(policy, holder);
      diagnostics.push(conflict(policy, i, holder));
    }
  }

  return {
    rival: (policy) => rivals.get(policy),
    of({ kind, name, port }, namespace) {
      if (holders.size + astray.size === 0) return NONE;
      const whole = scope(kind, namespace, name);
      const at = (section: string | undefined): BackendTLSPolicy | undefined =>
        (section === undefined ? undefined : holders.get(scope(kind, namespace, name, section))) ??
        holders.get(whole);
      const lost = astray.get(whole) ?? NONE;
      if (kind === 'Backend' && sectioned.has(whole)) {
        // Requests go to all of its endpoints, whatever port the reference names.
        const ports = index.backend(namespace, name)?.spec.endpoints.map((one) => one.port) ?? [];
        const found = byEndpoints(ports, (one) => at(String(one)));
        return found === NONE ? lost : found;
      }
      const ports = kind === 'Service' ? (index.service(namespace, name)?.spec.ports ?? []) : [];
      const policy = at(ports.find((one) => one.port === port && one.protocol === 'TCP')?.name);
      return policy === undefined ? lost : { policy };
    },
  };
}

/** The policies of a Backend's ports must be one. */
function byEndpoints(
  ports: readonly number[],
  holderOf: (port: number) => BackendTLSPolicy | undefined,
): FoundPolicy {
  const found = [...new Set(ports.map(holderOf))];
  const policy = found.find((one) => one !== undefined);
  if (found.length <= 1 || policy === undefined) return policy === undefined ? NONE : { policy };
  const closed = `${label(policy)} holds for one of the Backend's ports, and requests go to all of them`;
  return { policy, closed };
}

function unknownTarget(policy: BackendTLSPolicy, index: number): Diagnostic {
  const { kind, name } = policy.spec.targetRefs[index]!;
  const { namespace } = policy.metadata;
  const text = `${kind} ${namespace}/${name} does not exist in the input, so the policy has no effect there.`;
  return about(policy, ['spec', 'targetRefs', index, 'name'], 'warning', 'target-unknown', text, {
    value: name,
    hint: `Add that ${kind}, or name one that exists in the namespace ${namespace}.`,
    missing: { kind, namespace, name },
  });
}

function conflict(policy: BackendTLSPolicy, index: number, holder: BackendTLSPolicy): Diagnostic {
  const { name } = policy.spec.targetRefs[index]!;
  const text = `Policy conflicts with BackendTLSPolicy ${keyOf(holder)}.`;
  return about(policy, ['spec', 'targetRefs', index, 'name'], 'error', 'policy-conflict', text, {
    value: name,
    rule: 'The older policy wins, then the first by namespace and name.',
    hint: 'Remove one of the two, or target another port (sectionName).',
    notes: [{ message: `${label(holder)} has it`, at: holder.at('metadata', 'name') }],
  });
}
