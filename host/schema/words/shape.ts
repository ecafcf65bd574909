/**
 * The building blocks of the kinds' schemas, made of zod: strict mappings, lists, and leaves that each know
 * their rule as a phrase ("an integer from 1 to 65535"), so that every refusal names field, value and rule in
 * the same way (check.ts makes the sentences).
 */

import { z } from 'zod';
import { given } from '../../basics/collections.ts';
import { nearestName } from '../../diagnostics/nearest.ts';

/** What a value must be, in words and as a reader. */
export interface Leaf<T> {
  /** Fits after "must be". */
  readonly rule: string;
  /** The value as the model wants it, or undefined when the rule does not hold. */
  readonly read: (value: unknown) => T | undefined;
  /** What to write instead. */
  readonly hint?: (value: unknown) => string | undefined;
  readonly code?: string;
}

/** What becomes of a field that is not translated; for docs/API.md, which is made from the schemas. */
export type Fate = 'warned' | 'refused' | 'ignored';
export const fates = new WeakMap<z.ZodType, Fate>();
/** The phrase of each leaf. */
export const rules = new WeakMap<z.ZodType, string>();

/** A type whose fate is decided by a rule elsewhere. */
export function marked<T extends z.ZodType>(type: T, fate: Fate): T {
  fates.set(type, fate);
  return type;
}

export const leaf = <T>(rule: Leaf<T>) => {
  const type = z.unknown().transform((value, context): T => {
    const read = rule.read(value);
    if (read !== undefined) return read;
    context.issues.push({ code: 'custom', input: value, params: { leaf: rule } });
    return z.NEVER;
  });
  rules.set(type, rule.rule);
  return type;
};

/** A mapping in which only the given keys may stand. */
export const object = <S extends z.core.$ZodLooseShape>(shape: S) => z.strictObject(shape);

/** A list of at least `min` and at most `max` items. */
export const list = <T extends z.ZodType>(item: T, min = 0, max = Number.POSITIVE_INFINITY) =>
  z.array(item).check((context) => {
    const length = context.value.length;
    if (length >= min && length <= max) return;
    const items = (n: number): string => `${n} ${n === 1 ? 'item' : 'items'}`;
    const rule = max === Number.POSITIVE_INFINITY ? `at least ${items(min)}` : `from ${min} to ${items(max)}`;
    context.issues.push({
      code: 'custom',
      input: context.value,
      continue: true,
      params: { code: 'list-length', has: length, rule },
    });
  });

/** A field of the real API that Loadstar does not translate: named in a warning, then left out. */
export const untranslated = () =>
  marked(
    z
      .unknown()
      .transform((value, context): undefined => {
        context.issues.push({ code: 'custom', input: value, params: { untranslated: true } });
        return undefined;
      })
      .optional(),
    'warned',
  );

/**
 * A field of the real API that Loadstar does not translate and that must not be left out: an error that says
 * why.
 */
export const refused = (why: string) =>
  marked(
    z
      .unknown()
      .transform((value, context): undefined => {
        context.issues.push({ code: 'custom', input: value, params: { refused: why } });
        return undefined;
      })
      .optional(),
    'refused',
  );

/**
 * A field of a policy that restricts or protects and is not translated: the policy is invalid, its routes
 * answer 500. `open`: what would be so without it.
 */
export const protecting = (open: string) =>
  marked(
    z
      .unknown()
      .transform((value, context): undefined => {
        context.issues.push({ code: 'custom', input: value, params: { protecting: open } });
        return undefined;
      })
      .optional(),
    'refused',
  );

/** A field that has no meaning for load balancing, or that a server writes: accepted and ignored. */
export const ignored = () => marked(z.unknown().optional(), 'ignored');
/** A separate rule warns about it or refuses it. */
export const byRule = (fate: Fate) => marked(z.unknown().optional(), fate);

interface TextRule {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: RegExp;
  /** What no pattern says. */
  readonly accepts?: (value: string) => boolean;
  /** Fits after "must be"; made from the bounds when absent. */
  readonly rule?: string;
  readonly hint?: (value: unknown) => string | undefined;
  readonly code?: string;
}
export function text(options: TextRule = {}) {
  const { min = 0, max = Number.POSITIVE_INFINITY, pattern, accepts } = options;
  const bounds =
    max === Number.POSITIVE_INFINITY
      ? min === 0
        ? ''
        : ' that is not empty'
      : ` of ${min} to ${max} characters`;
  return leaf<string>({
    rule: options.rule ?? `text${bounds}`,
    code: options.code,
    hint: (value) =>
      typeof value === 'number' || typeof value === 'boolean'
        ? `Put it in quotes: "${value}".`
        : options.hint?.(value),
    read: (value) =>
      typeof value === 'string' &&
      value.length >= min &&
      value.length <= max &&
      (pattern === undefined || pattern.test(value)) &&
      (accepts === undefined || accepts(value))
        ? value
        : undefined,
  });
}

export function integer(min: number, max = Number.POSITIVE_INFINITY, unit = 'an integer') {
  const bounds =
    max === Number.POSITIVE_INFINITY
      ? `${unit} of at least ${min}`
      : min === Number.MIN_SAFE_INTEGER
        ? `${unit} of at most ${max}`
        : `${unit} from ${min} to ${max}`;
  return leaf<number>({
    rule: bounds,
    code: 'value-out-of-range',
    hint: (value) => (typeof value === 'string' && /^-?\d+$/.test(value) ? 'Remove the quotes.' : undefined),
    read: (value) =>
      typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
        ? value
        : undefined,
  });
}

/** Envoy counts most things in 32 bits; Envoy refuses the whole configuration for a larger number. */
export const uint32 = (min = 0) => integer(min, 4_294_967_295);

export const flag = () =>
  leaf<boolean>({
    rule: 'true or false',
    hint: (value) => (value === 'true' || value === 'false' ? 'Remove the quotes.' : undefined),
    read: (value) => (typeof value === 'boolean' ? value : undefined),
  });

/** One of some words; the nearest is the hint. */
export const oneOf = <const T extends string | number>(
  words: readonly T[],
  /** What other systems call one of the words. */
  aliases: Readonly<Record<string, T>> = {},
) =>
  leaf<T>({
    rule: words.length === 1 ? `${words[0]}` : `one of ${words.join(', ')}`,
    code: 'value-unknown',
    hint: (value) => {
      const meant = words.find((word) => typeof value === 'number' && Number(word) === value);
      if (meant !== undefined) return `Put it in quotes: "${meant}".`;
      if (typeof value !== 'string') return undefined;
      const near = Object.hasOwn(aliases, value) ? aliases[value] : nearestName(value, words.map(String));
      return given(near, (name) => `Did you mean ${name}?`);
    },
    read: (value) => ((words as readonly unknown[]).includes(value) ? (value as T) : undefined),
  });

/** Text to text; `key` and `value` are checked by check.ts's callers. */
export const textMap = () =>
  leaf<Readonly<Record<string, string>>>({
    rule: 'a mapping of text to text',
    hint: (value) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
      const odd = Object.entries(value).find(([, member]) => typeof member !== 'string');
      return odd === undefined ? undefined : `Put the value of ${odd[0]} in quotes.`;
    },
    read: (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((member) => typeof member === 'string')
        ? (value as Record<string, string>)
        : undefined,
  });
