/**
 * The fields of each kind, from the schemas, and what becomes of each: for docs/API.md and docs/COVERAGE.md.
 */
import { z } from 'zod';
import type { Kind } from '../../host/schema/words/kind.ts';
import { type Fate, fates, rules } from '../../host/schema/words/shape.ts';

/** Where each shape was first met. */
interface Seen {
  readonly shapes: Map<z.ZodType, string>;
  readonly kind: string;
}

export interface Field {
  readonly path: string;
  readonly fate: Fate | 'translated';
  readonly rule: string;
}

/**
 * Single fields, and objects whose fate is one for all their fields. `spec.rules[].name` is a field of a
 * list's items. A shape that occurs in several places is written once; `seen` knows where.
 */
function* fieldsOf(type: z.ZodType, path: string, seen: Seen): Generator<Field> {
  const fate = fates.get(type);
  if (fate !== undefined) yield { path, fate, rule: '' };
  else if (type instanceof z.ZodOptional) yield* fieldsOf(type.unwrap() as z.ZodType, path, seen);
  else if (type instanceof z.ZodArray) yield* fieldsOf(type.element as z.ZodType, `${path}[]`, seen);
  else if (type instanceof z.ZodObject) {
    const before = seen.shapes.get(type);
    if (before !== undefined) {
      const [kind, place] = before.split(': ') as [string, string];
      // The whole of a kind is that of another.
      if (path === '') return yield { path: 'spec', fate: 'translated', rule: `as that of ${kind}` };
      const owner = kind === seen.kind ? '' : ` of ${kind}`;
      yield { path, fate: 'translated', rule: `as \`${place}\`${owner}` };
      return;
    }
    seen.shapes.set(type, `${seen.kind}: ${path}`);
    for (const [key, member] of Object.entries<z.ZodType>(type.shape))
      yield* fieldsOf(member, path === '' ? key : `${path}.${key}`, seen);
  } else yield { path, fate: 'translated', rule: rules.get(type) ?? 'anything' };
}

/** Those that say what a resource is about. `shapes`: what was met in the kinds before. */
export const fieldsOfKind = (kind: Kind, shapes: Map<z.ZodType, string>): Field[] =>
  [...fieldsOf(kind.schema, '', { shapes, kind: kind.kind })].filter(
    ({ path }) => !/^(metadata|apiVersion|kind|status)\b/.test(path),
  );
