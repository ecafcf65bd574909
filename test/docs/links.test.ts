/**
 * The pages' links lead to a file that exists, and to a heading that it has; prose is wrapped, so that diffs
 * can be read.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const pagesOf = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(root, folder, name));
const examples = readdirSync(join(root, 'envoy')).flatMap((name) => pagesOf(`envoy/${name}`));
const pages = [...pagesOf('.'), ...pagesOf('docs'), ...examples];

/** Lines outside fenced blocks, with their numbers from 1. */
function proseOf(page: string): [text: string, line: number][] {
  let fenced = false;
  return readFileSync(page, 'utf8')
    .split('\n')
    .map((text, index): [string, number] => [text, index + 1])
    .filter(([text]) => {
      if (text.startsWith('```')) fenced = !fenced;
      return !fenced;
    });
}

/** A heading's anchor, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (page: string): string[] =>
  proseOf(page).flatMap(([text]) => /^#+ (.*)$/.exec(text)?.slice(1).map(anchorOf) ?? []);

/** Why a link of a page is no good; undefined when it is. Links to other sites are not followed. */
function broken(page: string, target: string): string | undefined {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : resolve(dirname(page), path);
  if (!existsSync(file)) return `there is no ${relative(root, file)}`;
  if (anchor !== undefined && !anchorsOf(file).includes(anchor))
    return `no heading has the anchor #${anchor}`;
  return undefined;
}

for (const page of pages) {
  const name = relative(root, page);
  test(`${name}: its links lead somewhere`, () => {
    const wrong = proseOf(page).flatMap(([text, line]) =>
      [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target]) => {
        const why = broken(page, target!);
        return why === undefined ? [] : [`${name}:${line}: (${target}): ${why}`];
      }),
    );
    assert.deepEqual(wrong, []);
  });
  test(`${name}: no mark of a merge is left`, () => {
    const marks = proseOf(page).filter(([text]) => /^(<{7} |={7}$|>{7} )/.test(text));
    assert.deepEqual(marks, []);
  });
  test(`${name}: no line of prose has more than 120 columns`, () => {
    const long = proseOf(page).filter(([text]) => [...text].length > 120 && !/^(\||!\[| {4})/.test(text));
    assert.deepEqual(
      // A long list of names in a generated page is one line.
      long
        .filter(([text]) => !/^(Named in a warning|Refused|Ignored)[^`]*: `/.test(text))
        .map(([, line]) => line),
      [],
    );
  });
}

test('a broken link is found', () => {
  const page = join(root, 'README.md');
  assert.equal(broken(page, 'docs/NONE.md'), 'there is no docs/NONE.md');
  assert.equal(broken(page, 'docs/METRICS.md#none'), 'no heading has the anchor #none');
  assert.equal(broken(page, 'docs/METRICS.md#where-they-show'), undefined);
});
