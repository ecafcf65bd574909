/**
 * Manifests spoilt at random places: values of the wrong kind or at a bound, fields dropped, fields and items
 * taken from other manifests at the same place (so that much of it still means something), documents twice,
 * bytes cut from the text.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { aimedAt } from './aimed.ts';

// biome-ignore lint/suspicious/noExplicitAny: manifests are free-form
export type Manifest = any;
type Json = Manifest;
export interface Mutation {
  readonly kind: 'aimed' | 'odd' | 'like' | 'drop' | 'take' | 'add' | 'repeat' | 'twin';
  /** Which place, which value; taken modulo what there is. */
  readonly at: number;
  readonly pick: number;
}

const cases = fileURLToPath(new URL('../golden/oracle/cases', import.meta.url));
const read = (path: string): Json[] =>
  parseAllDocuments(readFileSync(path, 'utf8')).map((document) => document.toJS());

/** What mutations start from: lists of documents. The first has every field. */
export const bases: readonly (readonly Json[])[] = [
  read(fileURLToPath(new URL('./everything.yaml', import.meta.url))),
  ...readdirSync(cases)
    .sort()
    .map((name) => read(join(cases, name))),
];

/** Values that stand somewhere in the manifests, by where: `<kind> path.with.*.for.items`. */
const values = new Map<string, Json[]>();
const fields = new Map<string, [string, Json][]>();
const isMap = (value: Json): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
const placeOf = (kind: unknown, path: readonly (string | number)[]): string =>
  `${kind} ${path.map((segment) => (typeof segment === 'number' ? '*' : segment)).join('.')}`;

function* places(value: Json, path: (string | number)[] = []): Generator<(string | number)[]> {
  yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    yield* places(value[key], [...path, Array.isArray(value) ? Number(key) : key]);
  }
}
const valueAt = (root: Json, path: readonly (string | number)[]): Json =>
  path.reduce((value, segment) => value?.[segment], root);
const push = <K, V>(map: Map<K, V[]>, key: K, value: V): void => {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
};

for (const document of bases.flat()) {
  for (const path of places(document)) {
    const value = valueAt(document, path);
    const place = placeOf(document.kind, path);
    push(values, place, value);
    if (isMap(value)) for (const entry of Object.entries<Json>(value)) push(fields, place, entry);
  }
}

/** Bounds of the numbers in the API and of Envoy's, texts that mean something to somebody on the way. */
const odd: readonly Json[] = [
  ...[null, true, [], {}, '', ' ', 'x', 'a b', 'ü', 'a\nb', '\u0000', 'x'.repeat(300)],
  ...[0, -1, 1, 2, 3, 1.5, 100, 101, 255, 301, 599, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 1e21],
  ...['0s', '1ms', '99999h', '99999h99999h99999h99999h', '10s', '1h30m', '-1s', '5'],
  ...['%', '%%', '%REQ(host)%', '%DYNAMIC_METADATA(a)%', '%START_TIME%', '%REQ(%'],
  ...[':path', ':authority', 'host', 'Host', 'content-length', 'x-loadstar-host', 'x_under', 'set-cookie'],
  ...[
    '/',
    '//',
    '/..',
    '/a/../b',
    '/%2e',
    'a',
    '/?q',
    '/#f',
    '(',
    '[a-',
    '\\',
    '.*',
    '(?i)a',
    '(a+)+',
    '\\1',
  ],
  ...['*', '*.', '*.com', '*.example.com', 'example.com.', '1.2.3.4', '::1', '[::1]', 'localhost', '0.0.0.0'],
  ...[
    'HTTPRoute',
    'Service',
    'Gateway',
    'RoundRobin',
    'Random',
    'LeastRequest',
    'ConsistentHash',
    'JSONMerge',
  ],
  ...['__proto__', 'constructor', 'toString', 'default', 'other', 'eg', 'backend', 'http', 'alt'],
];

/** Durations, paths and other texts are different sorts, since the API tells them apart. */
function sort(value: Json): string {
  if (typeof value !== 'string') return Array.isArray(value) ? 'list' : typeof value;
  if (/^(\d+(h|m|s|ms))+$/.test(value)) return 'duration';
  return value.startsWith('/') ? 'path' : 'text';
}

/** Applied in order to a copy. */
export function mutated(base: readonly Json[], mutations: readonly Mutation[]): Json[] {
  let documents: Json[] = structuredClone(base) as Json[];
  for (const mutation of mutations) documents = apply(documents, mutation);
  return documents;
}

function apply(documents: Json[], { kind, at, pick }: Mutation): Json[] {
  if (documents.length === 0) return documents;
  // Policies and routes are most of what there is to get wrong.
  const rich = documents.flatMap((d, i) => (/Policy|Route/.test(String(d?.kind)) ? [i, i, i] : [i]));
  const index = rich[at % rich.length]!;
  const document = documents[index];
  if (kind === 'twin') {
    const copy = structuredClone(document);
    if (isMap(copy?.metadata) && pick % 2 === 0) copy.metadata.name = `${copy.metadata.name}-${pick % 3}`;
    return [...documents, copy];
  }
  const all = [...places(document)].slice(1);
  const path = all[Math.floor(at / rich.length) % Math.max(1, all.length)];
  if (path === undefined) return documents;
  const owner = valueAt(document, path.slice(0, -1));
  const key = path.at(-1)!;
  const place = placeOf(document.kind, path);
  switch (kind) {
    case 'odd':
      owner[key] = structuredClone(odd[pick % odd.length]);
      break;
    case 'aimed': {
      const list = aimedAt(path);
      owner[key] = structuredClone(list[pick % list.length]);
      break;
    }
    case 'like': {
      const alike = odd.filter((value) => sort(value) === sort(owner[key]));
      if (alike.length > 0) owner[key] = structuredClone(alike[pick % alike.length]);
      break;
    }
    case 'drop':
      if (Array.isArray(owner)) owner.splice(Number(key), 1);
      else delete owner[key];
      break;
    case 'take': {
      const known = values.get(place) ?? [];
      if (known.length > 0) owner[key] = structuredClone(known[pick % known.length]);
      break;
    }
    case 'add': {
      const known = fields.get(place) ?? [];
      if (known.length > 0 && isMap(owner[key])) {
        const [name, value] = known[pick % known.length]!;
        owner[key][name] = structuredClone(value);
      } else if (Array.isArray(owner[key])) {
        const items = values.get(`${place}.*`) ?? [];
        if (items.length > 0) owner[key].push(structuredClone(items[pick % items.length]));
      }
      break;
    }
    case 'repeat':
      if (Array.isArray(owner)) owner.push(structuredClone(owner[Number(key)]));
      break;
  }
  return documents;
}
