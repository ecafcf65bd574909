/**
 * Edits of a listener's header maps → mutations, in the order of Envoy Gateway (buildHeaderMutationRules).
 */
import type { ListenerHeaderEdits, StringMatch } from '../../plan/types.ts';
import type { StringMatcherJson } from '../../proto/matcher_pb.js';
import type { HeaderMutationJson } from '../../proto/mutation_rules_pb.js';
import { escapeFormat } from '../headers.ts';
import { stringMatcher } from '../string-match.ts';

type Action = 'APPEND_IF_EXISTS_OR_ADD' | 'ADD_IF_ABSENT' | 'OVERWRITE_IF_EXISTS_OR_ADD';

export const mutationsOf = (edits: ListenerHeaderEdits | undefined): HeaderMutationJson[] => {
  if (edits === undefined) return [];
  const append = (list: ListenerHeaderEdits['add'], append_action: Action): HeaderMutationJson[] =>
    list.map(({ name, value }) => ({
      append: { header: { key: name, value: escapeFormat(value) }, append_action },
    }));
  return [
    ...append(edits.add, 'APPEND_IF_EXISTS_OR_ADD'),
    ...append(edits.set, 'OVERWRITE_IF_EXISTS_OR_ADD'),
    ...append(edits.addIfAbsent, 'ADD_IF_ABSENT'),
    ...edits.remove.map((remove) => ({ remove })),
    ...edits.removeOnMatch.map((match) => ({
      remove_on_match: { key_matcher: nameMatcher(match) },
    })),
  ];
};

/**
 * Upper and lower case are the same, and no pseudo header (`:path`) may go: Envoy would remove it, too. Of
 * exact names and prefixes none begins with a colon, and no pattern matches one
 * (host/plan/clients/faults.ts).
 */
const nameMatcher = (match: StringMatch): StringMatcherJson =>
  match.kind === 'suffix'
    ? { safe_regex: { regex: `(?is)(?:[^:].*)?${escaped(match.value)}` } }
    : match.kind === 'regex'
      ? { safe_regex: { regex: `(?i)${match.value}` } }
      : { ...stringMatcher(match), ignore_case: true };

/** A text as a pattern of RE2. */
const escaped = (text: string): string =>
  text.replace(/[^A-Za-z0-9_-]/g, (c) => `\\x{${c.codePointAt(0)!.toString(16)}}`);
