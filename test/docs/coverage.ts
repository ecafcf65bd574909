/**
 * docs/COVERAGE.md: what becomes of manifests that others wrote (coverage.json has the counts of a day), and
 * of the fields of each kind (from the schemas).
 */
import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { kinds } from '../../host/schema/index.ts';
import { otherKinds } from '../../host/schema/other-kinds.ts';
import { fieldsOfKind } from './fields.ts';

/** What becomes of a file; each has one. */
export const OUTCOMES = ['full', 'named', 'protects', 'gateways', 'backends', 'half', 'right'] as const;
type Outcome = (typeof OUTCOMES)[number];

export interface Counts {
  /** `2026-11-27`, of the count and of what was counted. */
  readonly date: string;
  readonly sources: string;
  /** More inputs that were translated, without a count of outcomes; outputs that Envoy accepted, of all. */
  readonly tried: { readonly translator: number; readonly validated: number };
  readonly invalid: { readonly files: number; readonly refused: number };
  readonly groups: readonly (readonly [what: string, counts: Readonly<Partial<Record<Outcome, number>>>])[];
  readonly features: readonly (readonly [what: string, files: number, today: string])[];
}

export const counts = JSON.parse(readFileSync(new URL('./coverage.json', import.meta.url), 'utf8')) as Counts;

const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

export function coveragePage(): string {
  const { date, sources, tried, invalid, groups, features } = counts;
  const of = (outcome: Outcome): number => sum(groups.map(([, counted]) => counted[outcome] ?? 0));
  const all = sum(OUTCOMES.map(of));
  return `# Coverage

How much of what people write is translated. Counted on ${date} with
${sources}.

## Manifests

${all} inputs with kinds of the Gateway API or Envoy Gateway, no two of them alike, from public repositories: files, and
folders of users' repositories as a whole. Most are half of an input: what a cluster would add (Services with endpoints,
Secrets, the Gateway or the route that a policy is for) was put beside them, and placeholders were filled. Each was
checked and translated by itself.

- **Translated**: nothing of it is left out.
- **Some named**: it is translated, and a warning names each part that has no effect.
- **Refused: protects**: a kind, filter or field that restricts or protects, and is not translated.
- **Refused: Gateways**: two Gateways want one port, each of them for itself (\`--gateway NS/NAME\` chooses one).
- **Refused: backends**: a backend is a ServiceImport, an InferencePool or a Backend of type DynamicResolver.
- **Refused: half**: what it names is in another file (a Backend, a Secret, a grant), or a placeholder has its place.
- **Refused rightly**: the API or Envoy Gateway refuses it too, or it is a test that wants to see something refused.

${row('from', 'inputs', 'translated', 'some named', 'protects', 'Gateways', 'backends', 'half', 'rightly')}
${row('---', ...Array<string>(8).fill('---:'))}
${groups
  .map(([what, counted]) =>
    row(what, sum(Object.values(counted)), ...OUTCOMES.map((outcome) => counted[outcome] ?? 0)),
  )
  .join('\n')}
${row('**all**', all, ...OUTCOMES.map(of))}

${of('full') + of('named')} of ${all} inputs are accepted. Of the ${invalid.files} files that the Gateway API keeps as examples of what must be
refused, ${invalid.refused} are. Nothing crashed, neither for these nor for ${tried.translator} inputs of the tests of Envoy Gateway's
translator. Of the configurations made from both (where refused, with \`--keep-going\`) ${tried.validated} were drawn, and
\`envoy --mode validate\` accepts all of them.

## What is not translated, by how many inputs have it

${row('part', 'inputs', 'today')}
${row('---', '---:', '---')}
${features.map((feature) => row(...feature)).join('\n')}

## Fields

Of each kind, the fields in [API.md](API.md), made from the same schemas. A field that stands in several places with
all its own fields counts once more for each place.

${row('kind', 'translated', 'named in a warning', 'refused', 'ignored')}
${row('---', ...Array<string>(4).fill('---:'))}
${fieldRows().join('\n')}

${otherKinds.filter(({ open }) => open === undefined).length} kinds are known and named in a warning, and ${otherKinds.filter(({ open }) => open !== undefined).length} are known and refused, because they restrict or protect:
[API.md](API.md#other-kinds) lists them. How the Gateway API's own tests come out is in
[CONFORMANCE.md](CONFORMANCE.md).
`;
}

function fieldRows(): string[] {
  const shapes = new Map<z.ZodType, string>();
  return kinds.map((kind) => {
    const fields = fieldsOfKind(kind, shapes);
    const fates = ['translated', 'warned', 'refused', 'ignored'] as const;
    return row(kind.kind, ...fates.map((fate) => fields.filter((field) => field.fate === fate).length));
  });
}
