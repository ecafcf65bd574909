/**
 * A translation that knows the one before it gives what one from scratch gives, with every message and its
 * place, whatever was edited in between: documents changed, moved, added, removed, spoilt, files too.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { renderText } from '../../host/diagnostics/render.ts';
import { Configurations } from '../../host/live/configuration.ts';
import type { Source } from '../../host/manifests/documents.ts';
import { Known, type PlanTranslation, translatePlan } from '../../host/translate.ts';
import { encode } from '../../host/xds/encode.ts';
import { liveFilterOptions } from '../support/engine-options.ts';
import { frozen } from '../support/frozen.ts';
import { type Input, inputs, textOf } from './inputs.ts';

const options = liveFilterOptions();
const FILES = ['a.yaml', 'b.yaml', 'kustomization.yaml'];

/** What is done to one piece of one file's text. */
type Edit = {
  readonly file: number;
  readonly piece: number;
  readonly by: number;
  readonly how: 'lines' | 'take' | 'twice' | 'swap' | 'put' | 'spoil' | 'windows' | 'no file' | 'namespace';
};
const edit: fc.Arbitrary<Edit> = fc.record({
  file: fc.nat({ max: 2 }),
  piece: fc.nat(),
  by: fc.nat(),
  how: fc.constantFrom(
    'lines',
    'take',
    'twice',
    'swap',
    'put',
    'put',
    'spoil',
    'windows',
    'no file',
    'namespace',
  ),
});

const MARK = '\n---\n';
function edited(
  texts: readonly string[],
  { file, piece, by, how }: Edit,
  others: readonly string[],
): string[] {
  const pieces = texts[file]!.split(MARK);
  const at = piece % pieces.length;
  const one = pieces[at]!;
  const other = others[by % others.length]!.split(MARK);
  const put = (...by: string[]) => pieces.splice(at, 1, ...by);
  if (how === 'lines') put(`${'# a line\n'.repeat(1 + (by % 3))}${one}`);
  else if (how === 'take') put();
  else if (how === 'twice') put(one, one);
  else if (how === 'swap') put(...pieces.splice(by % pieces.length, 1), one);
  else if (how === 'put') put(other[piece % other.length]!, one);
  else if (how === 'spoil')
    put(
      one.slice(0, by % (one.length + 1)) +
        ['"', '\t', '{', ': ', '\r', '\u2028'][by % 6]! +
        one.slice(by % (one.length + 1)),
    );
  else if (how === 'windows') put(one.replaceAll('\n', '\r\n'));
  else if (how === 'no file') pieces.splice(0);
  else pieces.unshift(`namespace: ns-${by % 2}\nresources: [a.yaml]`);
  return texts.map((text, i) => (i === file ? pieces.join(MARK) : text));
}

const sourcesOf = (texts: readonly string[]): Source[] =>
  texts.flatMap((text, i) => (text === '' ? [] : [{ file: FILES[i]!, text }]));

/** All that a command may show of it. */
const shown = ({ plan, status, refusedResources, diagnostics, refused }: PlanTranslation) => ({
  plan: JSON.stringify(plan),
  status: JSON.stringify(status),
  messages: renderText(diagnostics, { color: false }),
  diagnostics: JSON.stringify(diagnostics),
  refused,
  refusedResources,
});

test('random edits: incremental is the same as from scratch', (t) => {
  let compared = 0;
  let kept = 0;
  const others = inputs(77, 40).map((input: Input) => textOf(input));
  fc.assert(
    fc.property(fc.nat(), fc.array(edit, { minLength: 3, maxLength: 8, size: 'max' }), (seed, edits) => {
      const [first, second] = inputs(seed, 2).map((input) => textOf(input)) as [string, string];
      let texts = [first, second, ''];
      const known = new Known();
      const configurations = new Configurations(options);
      let snapshot: ReturnType<typeof encode> | undefined;
      for (const one of [undefined, ...edits]) {
        if (one !== undefined) texts = edited(texts, one, others);
        const sources = sourcesOf(texts);
        const told = translatePlan(sources, options, [], known);
        frozen(told.model);
        frozen(told.plan);
        const scratch = translatePlan(sources, options);
        assert.deepEqual(shown(told), shown(scratch));
        // Also where something is refused: --keep-going serves the rest.
        compared += 1;
        const [now, anew] = [configurations.of(told.plan), new Configurations(options).of(scratch.plan)];
        assert.equal(JSON.stringify(now.bootstrap), JSON.stringify(anew.bootstrap));
        const [next, whole] = [encode(now.resources, snapshot), encode(anew.resources)];
        for (const [kind, resources] of Object.entries(whole.resources)) {
          const has = next.resources[kind as keyof typeof whole.resources];
          assert.deepEqual([...has.keys()], [...resources.keys()]);
          for (const [name, { version, any }] of resources) {
            assert.equal(has.get(name)?.version, version);
            assert.deepEqual(has.get(name)?.any, any);
            if (
              snapshot?.resources[kind as keyof typeof whole.resources].get(name)?.any === has.get(name)?.any
            )
              kept += 1;
          }
        }
        snapshot = next;
      }
    }),
    { seed: 2026, numRuns: 40 },
  );
  t.diagnostic(`${compared} configurations compared, ${kept} resources kept`);
  assert.ok(compared > 150 && kept > 1_000, `${compared} ${kept}`);
});
