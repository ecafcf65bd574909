/** Inputs of the whole chain by seed and number: the same pair gives the same text on every machine. */
import fc from 'fast-check';
import { emit } from '../../host/envoy/emit.ts';
import { bases, type Manifest, type Mutation, mutated } from './mutate.ts';

export interface Input {
  /** Indexes into the bases: their documents stand one after the other. */
  readonly from: readonly number[];
  readonly mutations: readonly Mutation[];
  /** As people write manifests, or as JSON. */
  readonly style: 'block' | 'json';
  /** Cut or spoil the text here (modulo its length); most inputs are left whole. */
  readonly cut?: { readonly at: number; readonly length: number; readonly by: string };
}

const mutations = (maxLength: number, ...kinds: Mutation['kind'][]): fc.Arbitrary<Mutation[]> =>
  fc.array(fc.record<Mutation>({ kind: fc.constantFrom(...kinds), at: fc.nat(), pick: fc.nat() }), {
    maxLength,
    size: 'max',
  });
/**
 * Half of the inputs stay near what is good, so that much of what is emitted for them is emitted for the
 * first time.
 */
/**
 * One or two fields with a value that is meant for them: most of these are good but for one rule, or good at
 * its edge.
 */
const aimed = mutations(2, 'aimed');
const gentle = mutations(3, 'like', 'like', 'take', 'add', 'repeat', 'twin');
const rough = mutations(6, 'odd', 'odd', 'like', 'drop', 'take', 'add', 'repeat', 'twin');
const base = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.nat({ max: bases.length - 1 }) },
);
const cut = fc.record({
  at: fc.nat(),
  length: fc.nat({ max: 20 }),
  by: fc.constantFrom('', ':', '- ', '\n', '{', '"', '&a', '*a', '\t', '|', '\ufeff', '# '),
});
const input: fc.Arbitrary<Input> = fc.record({
  from: fc.oneof({ weight: 4, arbitrary: fc.tuple(base) }, { weight: 1, arbitrary: fc.tuple(base, base) }),
  mutations: fc.oneof(aimed, gentle, rough),
  style: fc.constantFrom('block', 'block', 'block', 'json'),
  cut: fc.oneof({ weight: 19, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: cut }),
});

export const inputs = (seed: number, count: number): Input[] => fc.sample(input, { seed, numRuns: count });

/** What was changed, for a person: the documents that no base has. */
export function changedText({ from, mutations }: Input): string {
  const base = once(from.flatMap((index) => bases[index]!));
  const known = new Set(base.map((document) => JSON.stringify(document)));
  return mutated(base, mutations)
    .map((document) => JSON.stringify(document))
    .filter((text) => !known.has(text))
    .join('\n');
}

/** Two bases have a Gateway `eg` each: the first stays. */
function once(documents: readonly Manifest[]): Manifest[] {
  const named = new Map(documents.toReversed().map((d) => [`${d.kind} ${d.metadata.name}`, d]));
  return documents.filter((d) => named.get(`${d.kind} ${d.metadata.name}`) === d);
}

export function textOf({ from, mutations, style, cut: hole }: Input): string {
  const documents = mutated(once(from.flatMap((index) => bases[index]!)), mutations);
  const text = documents
    .map((document) => (style === 'json' ? JSON.stringify(document, null, 1) : emit(document, 'yaml')))
    .join('\n---\n');
  if (hole === undefined) return text;
  const at = hole.at % (text.length + 1);
  return text.slice(0, at) + hole.by + text.slice(at + hole.length);
}
