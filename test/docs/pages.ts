/**
 * docs/API.md from the schemas and docs/DIAGNOSTICS.md from the list of codes, so that neither can say what is not so. Written by
 * scripts/docs.mjs; pages.test.ts holds the files to this.
 */
import { z } from 'zod';
import { codes } from '../../host/diagnostics/codes.ts';
import { kinds } from '../../host/schema/index.ts';
import { apiVersionOf, type Kind } from '../../host/schema/words/kind.ts';
import { type Fate, fates, rules } from '../../host/schema/words/shape.ts';

/** Where a shape stands for the first time. */
interface Seen {
  readonly shapes: Map<z.ZodType, string>;
  readonly kind: string;
}

interface Field {
  readonly path: string;
  readonly fate: Fate | 'translated';
  readonly rule: string;
}

/**
 * Leaves, and what is decided as a whole; `spec.rules[].name` is an item's field. A shape that stands in several places is
 * written once: `seen` has where.
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
      const owner = kind === seen.kind ? '' : ` of ${kind}`;
      yield { path, fate: 'translated', rule: `as \`${place}\`${owner}` };
      return;
    }
    seen.shapes.set(type, `${seen.kind}: ${path}`);
    for (const [key, member] of Object.entries<z.ZodType>(type.shape))
      yield* fieldsOf(member, path === '' ? key : `${path}.${key}`, seen);
  } else yield { path, fate: 'translated', rule: rules.get(type) ?? 'anything' };
}

const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;
const list = (fields: readonly Field[]): string => fields.map(({ path }) => `\`${path}\``).join(', ');

function kindSection(kind: Kind, shapes: Map<z.ZodType, string>): string {
  const seen: Seen = { shapes, kind: kind.kind };
  const all = [...fieldsOf(kind.schema, '', seen)].filter(
    ({ path }) => !/^(metadata|apiVersion|kind|status)\b/.test(path),
  );
  const of = (fate: Field['fate']) => all.filter((field) => field.fate === fate);
  const versions = kind.versions.length > 1 ? ` (also ${kind.versions.slice(1).join(', ')})` : '';
  const out = [`## ${kind.kind}`, '', `\`${apiVersionOf(kind)}\`${versions}`, ''];
  const translated = of('translated');
  if (translated.length > 0) {
    out.push(row('field', 'value'), row('---', '---'));
    for (const { path, rule } of translated) out.push(row(`\`${path}\``, escaped(rule)));
    out.push('');
  }
  for (const [title, fields] of [
    ['Named in a warning', of('warned')],
    ['Refused', of('refused')],
    ['Without meaning here, taken silently', of('ignored')],
  ] as const) {
    if (fields.length > 0) out.push(`${title}: ${list(fields)}.`, '');
  }
  return out.join('\n');
}

export function apiPage(): string {
  const seen = new Map<z.ZodType, string>();
  return `# The API

What Loadstar reads, kind by kind. A field in a table is translated. One that is named in a warning exists in the API and has no effect
here; with \`--strict\` it is refused. One that is refused must not be left out, and any other name is a mistake, told with the
nearest one. \`metadata\` has its usual fields.

Rules across fields are told when they are broken: see [DIAGNOSTICS.md](DIAGNOSTICS.md).

${kinds.map((kind) => kindSection(kind, seen)).join('\n')}`.replace(/\n+$/, '\n');
}

export function diagnosticsPage(): string {
  return `# Diagnostics

Each message of \`loadstar check\` and \`translate\` ends with its code in brackets; \`--format json\` has it as \`code\`. Codes are stable.
An error refuses the input, a warning says that it may not do what you think, a notice is worth knowing.

${row('code', 'meaning')}
${row('---', '---')}
${Object.entries(codes)
  .map(([code, meaning]) => row(`\`${code}\``, escaped(meaning)))
  .join('\n')}
`;
}

export const pages: Readonly<Record<string, () => string>> = {
  'docs/API.md': apiPage,
  'docs/DIAGNOSTICS.md': diagnosticsPage,
};
