/**
 * Bodies of responseOverride that stand in a ConfigMap of the policy's namespace: in a merged policy of the
 * one that has the field. Without it the policy is invalid, as in Envoy Gateway.
 */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ModelIndex } from '../../model/index.ts';
import type {
  BackendTrafficPolicy,
  BackendTrafficPolicySpec,
  MergeSpecs,
  Model,
} from '../../model/resources.ts';
import { answerBodies, BODY_KEY } from '../answer-body.ts';
import { about } from '../from.ts';

export function withOverrideBodies(
  model: Model,
  mergeSpecs: MergeSpecs,
  index: Pick<ModelIndex, 'configMap'>,
  diagnostics: Diagnostic[],
): { model: Model; mergeSpecs: MergeSpecs } {
  const bodyOf = answerBodies(index);
  const filled = (spec: BackendTrafficPolicySpec, namespace: string) => {
    const missing: { index: number; name: string }[] = [];
    const overrides = spec.handling?.overrides?.map((one, index) => {
      const name = one.answer?.configMap;
      if (one.answer === undefined || name === undefined) return one;
      const body = bodyOf(namespace, name);
      if (body === undefined) missing.push({ index, name });
      return { ...one, answer: { ...one.answer, body } };
    });
    const used = overrides?.some(({ answer }) => answer?.configMap !== undefined);
    return { missing, spec: used ? { ...spec, handling: { ...spec.handling, overrides } } : spec };
  };
  const status = (namespace: string, name: string): string =>
    `ResponseOverride: can't find the referenced configmap ${namespace}/${name}`;
  const policies = model.policies.map((policy): BackendTrafficPolicy => {
    const { namespace } = policy.metadata;
    const { spec, missing } = filled(policy.spec, namespace);
    if (spec === policy.spec) return policy;
    for (const { index, name } of missing) {
      const path = ['spec', 'responseOverride', index, 'response', 'body', 'valueRef', 'name'];
      diagnostics.push(
        about(
          policy,
          path,
          'error',
          'body-unresolved',
          `There is no ConfigMap ${namespace}/${name} with a body.`,
          {
            value: name,
            rule: `The body is what stands below ${BODY_KEY}, or the first value.`,
            hint: 'Add the ConfigMap to the input, or write the body as inline.',
            missing: { kind: 'ConfigMap', namespace, name },
          },
        ),
      );
    }
    return {
      ...policy,
      spec,
      invalid: [...policy.invalid, ...missing.map(({ name }) => status(namespace, name))],
    };
  });
  return {
    model: { ...model, policies },
    mergeSpecs: (parent, child) => {
      const merged = mergeSpecs(parent, child);
      if (merged.kind !== 'merged') return merged;
      const { namespace } = (child.spec.handling?.overrides === undefined ? parent : child).metadata;
      const { spec, missing } = filled(merged.spec, namespace);
      return missing.length > 0
        ? { kind: 'invalid', messages: missing.map(({ name }) => status(namespace, name)) }
        : { kind: 'merged', spec };
    },
  };
}
