/**
 * For any manifest the schema answers with diagnostics and never throws; a document that is not refused gives
 * a resource, and one that is gives none. On the oracle's manifests with values replaced, removed and added
 * at random places.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { codes } from '../../../host/diagnostics/codes.ts';
import { renderJson, renderText } from '../../../host/diagnostics/render.ts';
import { type Document, parseDocuments } from '../../../host/manifests/documents.ts';
import { readResource } from '../../../host/schema/index.ts';

const cases = fileURLToPath(new URL('../../golden/oracle/cases/', import.meta.url));
const documents = readdirSync(cases).flatMap(
  (name) => parseDocuments({ file: name, text: readFileSync(`${cases}${name}`, 'utf8') }).documents,
);
/** Paths of all values of a document. */
const pathsOf = (value: unknown, path: (string | number)[] = []): (string | number)[][] =>
  typeof value === 'object' && value !== null
    ? [
        path,
        ...Object.entries(value).flatMap(([k, v]) =>
          pathsOf(v, [...path, Array.isArray(value) ? Number(k) : k]),
        ),
      ]
    : [path];

function replaced(value: unknown, path: readonly (string | number)[], by: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return by;
  const copy: Record<string | number, unknown> | unknown[] = Array.isArray(value)
    ? [...value]
    : { ...(value as Record<string, unknown>) };
  const target = copy as Record<string | number, unknown>;
  if (rest.length === 0 && by === undefined) delete target[head];
  else target[head] = replaced(target[head], rest, by);
  return Array.isArray(copy) ? copy.filter(() => true) : copy;
}

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    '',
    'x',
    'a b',
    0,
    -1,
    1.5,
    1e21,
    true,
    [],
    {},
    [null],
    [[]],
    { name: 1 },
    { type: 'Header' },
    '10s',
    '\u0000',
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

test('schema: never throws, and refuses or gives a resource', () => {
  let refused = 0;
  let given = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...documents),
      fc.array(fc.tuple(fc.nat(), odd), { minLength: 0, maxLength: 2 }),
      (document, changes) => {
        let value: unknown = document.value;
        for (const [at, by] of changes) {
          const paths = pathsOf(value).slice(1);
          if (paths.length > 0) value = replaced(value, paths[at % paths.length]!, by);
        }
        const changed: Document = { ...document, value: value as Document['value'] };
        const { resource, diagnostics } = readResource(changed);
        for (const d of diagnostics)
          assert.ok(Object.hasOwn(codes, d.code) && d.message !== '' && d.at !== undefined, d.code);
        renderText(diagnostics, { color: false });
        renderJson(diagnostics);
        const errors = diagnostics.filter((d) => d.severity === 'error');
        if (resource === undefined) {
          refused++;
          assert.ok(diagnostics.length > 0, `nothing said about ${JSON.stringify(value)}`);
        } else {
          given++;
          const invalid = resource.kind === 'BackendTrafficPolicy' ? (resource.invalid ?? []) : [];
          // What closes the targets of a refused document has no status.
          if (!('protects' in resource))
            assert.equal(
              errors.length,
              invalid.length,
              'each error of a resource that stays is in its status',
            );
        }
      },
    ),
    { numRuns: 4000, seed: 1 },
  );
  assert.ok(refused > 500 && given > 500, `${refused} refused, ${given} given`);
});
