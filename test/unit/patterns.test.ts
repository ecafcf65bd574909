/**
 * No pattern of the program can take worse than linear time: a manifest chooses the text that it is tried on.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { analyse } from 'scslre';
import ts from 'typescript';

function* sources(folder: string): Generator<string> {
  for (const name of readdirSync(folder).sort()) {
    const path = `${folder}/${name}`;
    if (statSync(path).isDirectory()) yield* sources(path);
    else if (path.endsWith('.ts')) yield path;
  }
}

/** The regular expressions that a source writes out, each with its line. */
function patternsOf(path: string, text: string): { place: string; literal: string }[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: { place: string; literal: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (node.kind === ts.SyntaxKind.RegularExpressionLiteral) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      found.push({ place: `${path}:${line + 1}`, literal: node.getText() });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/**
 * What is wrong with a pattern; `Move` is a quantifier that many starts can reach, quadratic for patterns
 * that are not anchored.
 */
function faults(literal: string): string[] {
  const slash = literal.lastIndexOf('/');
  const { reports } = analyse({ source: literal.slice(1, slash), flags: literal.slice(slash + 1) });
  return reports.map(({ type, exponential }) => `${type}${exponential ? ', exponential' : ''}`);
}

/** Quadratic by the analysis, on texts that are bounded: why each may stay. */
const BOUNDED: Readonly<Record<string, string>> = {
  '/\\[([^\\]]*)\\]/g': 'on a condition, whose text is ours: names, which hold no bracket',
};

test('patterns of host/ take linear time', () => {
  const all = [...sources('host')].flatMap((path) => patternsOf(path, readFileSync(path, 'utf8')));
  assert.ok(all.length > 50, 'the patterns are not found');
  const bad = all.flatMap(({ place, literal }) => {
    const found = faults(literal);
    return found.length === 0 || literal in BOUNDED ? [] : [`${place}: ${literal}: ${found.join('; ')}`];
  });
  assert.deepEqual(bad, []);
});

test('the analysis finds what it is for', () => {
  assert.match(faults(String.raw`/^[!-~]+([\t ]?[!-~]+)*$/`).join(), /exponential/);
  assert.match(faults('/^(a+)*$/').join(), /exponential/);
  assert.notDeepEqual(faults('/^a*a*$/'), []);
  assert.deepEqual(faults(String.raw`/^[!-~]+(?:[\t ][!-~]+)*$/`), []);
});
