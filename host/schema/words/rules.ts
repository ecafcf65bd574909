/**
 * Rules that many kinds share: one field of several goes with a type, and names that must differ. They look
 * at raw values.
 */
import type { Path } from '../../basics/path.ts';
import type { Report } from './findings.ts';

/** A value of `type`, and the field that belongs to it. */
export interface UnionMember {
  readonly type: string;
  readonly field: string;
  /** The type may do without the field. */
  readonly optional?: true;
  /** What to do where the field is missing, and where it must not stand. */
  readonly add?: string;
  readonly remove?: string;
}

/**
 * A union as the API writes it: `type` says which field holds. Nothing is said where the type is no text.
 * @param what Whose type it is, where that is not plain: `health check`.
 */
export function checkUnion(
  owner: Readonly<Record<string, unknown>>,
  members: readonly UnionMember[],
  what: string,
  path: Path,
  report: Report,
): void {
  const { type } = owner;
  if (typeof type !== 'string') return;
  for (const member of members) {
    const { field } = member;
    const has = owner[field] !== undefined;
    if (has === (type === member.type) || (!has && member.optional)) continue;
    report.error([...path, field], {
      code: has ? 'field-conflict' : 'field-missing',
      message: has
        ? `${field} is not allowed with ${what === '' ? '' : `${what} `}type ${type}.`
        : `type is ${type}, but ${field} is missing.`,
      value: owner[field],
      rule: `${field} must be set when ${what === '' ? '' : `the ${what} `}type is ${member.type}, and only then.`,
      hint: has
        ? (member.remove ?? `Remove ${field}, or use type: ${member.type}.`)
        : (member.add ?? `Add ${field}.`),
      point: has ? 'key' : [...path, 'type'],
    });
  }
}

/** Calls `tell` for each item whose key an earlier item has; an undefined key is no name. */
export function eachDuplicate<T>(
  items: readonly T[],
  keyOf: (item: T) => string | undefined,
  tell: (index: number, first: number, item: T) => void,
): void {
  const seen = new Map<string, number>();
  for (const [i, item] of items.entries()) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, i);
    else tell(i, first, item);
  }
}
