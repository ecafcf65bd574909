/**
 * What is said of a policy that closes what it targets: one of a kind that is not translated, or one of ours
 * that is refused (`BackendTrafficPolicy (refused)` in the model), which has errors of its own.
 */
import { type Diagnostic, resourceTitle } from '../../diagnostics/diagnostic.ts';
import type { AnyRoute, ListenerOwner, Protection } from '../../model/resources.ts';
import { about } from '../from.ts';

export interface Closed {
  readonly resource: ListenerOwner | AnyRoute | undefined;
  readonly name: string;
}

const REFUSED = ' (refused)';
const isRefused = ({ kind }: Protection): boolean => kind.endsWith(REFUSED);
/** As its author wrote it. */
const kindOf = ({ kind }: Protection): string => kind.replace(REFUSED, '');
export const titleOf = (policy: Protection): string =>
  resourceTitle({ ...policy.metadata, kind: kindOf(policy) });
export const fateOf = (policy: Protection): string => (isRefused(policy) ? 'refused' : 'not translated');

/** At most so many are named. */
const NAMED = 3;

export function closes(policy: Protection, targets: readonly Closed[]): Diagnostic {
  const { everything, open: without } = policy.spec;
  if (everything !== undefined) {
    const { because, namespace } = everything;
    const where = namespace === undefined ? 'all namespaces' : `the namespace ${namespace}`;
    return said(
      policy,
      `${titleOf(policy)}: its targets cannot all be read (${because}). All that it could target in ${where} would be ${without}.`,
      'Correct it; with --keep-going all requests that it could be for answer 500.',
    );
  }
  const names = targets.map(({ name }) => name);
  const others = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  const all = `${names.slice(0, NAMED).join(', ')}${others}`;
  const wayOut = isRefused(policy) ? 'Correct it' : 'Remove it if that is what you want';
  const first = targets[0]!.resource;
  return said(
    policy,
    `${titleOf(policy)} is ${fateOf(policy)}: ${all} would be ${without}.`,
    `${wayOut}; with --keep-going the requests concerned answer 500.`,
    first === undefined ? [] : [{ message: 'This would be open', at: first.at('metadata', 'name') }],
  );
}

export function withoutEffect(policy: Protection): Diagnostic {
  const what = isRefused(policy)
    ? `${titleOf(policy)} is refused`
    : `The kind ${policy.kind} is not translated: this document has no effect`;
  return {
    ...about(
      policy,
      ['kind'],
      'warning',
      'kind-not-translated',
      `${what}, and nothing that it targets is served here.`,
      { value: kindOf(policy), hint: 'Remove it, or do without what it asks for.' },
    ),
    resource: titleOf(policy),
  };
}

const said = (
  policy: Protection,
  message: string,
  hint: string,
  notes: Diagnostic['notes'] = [],
): Diagnostic => ({
  ...about(policy, ['kind'], 'error', 'protection-not-translated', message, {
    value: kindOf(policy),
    rule: 'What restricts or protects must not be left out.',
    hint,
    notes,
  }),
  resource: titleOf(policy),
});
