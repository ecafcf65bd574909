/**
 * References to Secrets (Gateway API, SecretObjectReference): to one of the own namespace, or of another one
 * that a ReferenceGrant opens. Whoever refers says what must be in it.
 */
import type { ResourceName } from '../../diagnostics/diagnostic.ts';
import type { ModelIndex } from '../../model/index.ts';
import type { Secret, SecretEntry, SecretRef } from '../../model/resources.ts';
import type { Permits, Reference } from '../attach/grants.ts';

/** The words are without a full stop: `Secret default/shop does not exist`. */
export interface SecretProblem {
  readonly reason: 'group' | 'kind' | 'not-permitted' | 'missing';
  /** Of the reference: where it is. */
  readonly field: 'group' | 'kind' | 'name';
  readonly message: string;
  readonly hint: string;
  readonly missing?: ResourceName;
}
export type FoundSecret =
  | { readonly secret: Secret; readonly problem?: undefined }
  | { readonly secret?: undefined; readonly problem: SecretProblem };
/** @param from Group, kind and namespace of the resource that refers. */
export type FindSecret = (from: Reference, ref: SecretRef) => FoundSecret;

export const secretFinder =
  (index: ModelIndex, permits: Permits): FindSecret =>
  (from, { group = '', kind = 'Secret', namespace = from.namespace, name }) => {
    const problem = (
      reason: SecretProblem['reason'],
      message: string,
      hint: string,
      missing?: ResourceName,
    ): FoundSecret => {
      const field = reason === 'group' || reason === 'kind' ? reason : 'name';
      return { problem: { reason, field, message, hint, ...(missing === undefined ? {} : { missing }) } };
    };
    if (group !== '') return problem('group', 'group must be unspecified/empty', 'Remove group.');
    if (kind !== 'Secret') return problem('kind', 'kind must be Secret', 'Write kind: Secret, or remove it.');
    if (!permits(from, { group, kind, namespace, name }))
      return problem(
        'not-permitted',
        `Certificate ref to secret ${namespace}/${name} not permitted by any ReferenceGrant`,
        `Add a ReferenceGrant to the namespace ${namespace}: from ${from.group} ${from.kind} of ${from.namespace} to kind Secret (group "").`,
      );
    const secret = index.secret(namespace, name);
    if (secret !== undefined) return { secret };
    return problem(
      'missing',
      `Secret ${namespace}/${name} does not exist`,
      `Add it to the input (kubectl get secret ${name} -n ${namespace} -o yaml), or name one that exists.`,
      { kind: 'Secret', namespace, name },
    );
  };

/** Where a value of a Secret stands in its manifest; the Secret's name where it has no such value. */
export const entryPath = (entry: SecretEntry | undefined, name: string): readonly string[] =>
  entry === undefined ? ['metadata', 'name'] : [entry.field, name];
