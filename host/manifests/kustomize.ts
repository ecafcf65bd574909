/**
 * The namespace that documents get from outside: of the kustomization that lists their file, as
 * `kustomize build` sets it, else the one that the command line names (`--namespace`, as kubectl's). Nothing
 * else of a kustomization is honoured, and that is told.
 */
import { basename, dirname, join, normalize } from 'node:path';
import { Recent } from '../basics/recent.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Document } from './documents.ts';

const names: ReadonlySet<string> = new Set(['kustomization.yaml', 'kustomization.yml', 'Kustomization']);
export const isKustomizationName = (name: string): boolean => names.has(name);

/**
 * Fields that change what is read here; the others name things, or make kinds that mean nothing to load
 * balancing.
 */
const changing = [
  'namePrefix',
  'nameSuffix',
  'patches',
  'patchesStrategicMerge',
  'patchesJson6902',
  'replacements',
  'transformers',
  'generators',
  'helmCharts',
  'labels',
  'commonLabels',
];
const listing = ['resources', 'bases', 'components'];

const isKustomization = ({ file, value }: Document): boolean =>
  isKustomizationName(basename(file)) ||
  (typeof value.apiVersion === 'string' && value.apiVersion.startsWith('kustomize.config.k8s.io/'));
const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

/** Values with another namespace than is written, by the value as it is written. */
export type Placed = Recent<object, { readonly namespace: string; readonly value: Document['value'] }>;

/**
 * Documents with their namespaces, kustomizations left out. `fallback`: for those without one; undefined:
 * they stay so.
 */
export function placeDocuments(
  documents: readonly Document[],
  fallback: string | undefined,
  placed: Placed = new Recent(),
): { documents: readonly Document[]; diagnostics: Diagnostic[] } {
  const kustomizations = documents.filter(isKustomization);
  if (kustomizations.length === 0 && fallback === undefined) return { documents, diagnostics: [] };
  const byFolder = new Map(kustomizations.map((one) => [dirname(normalize(one.file)), one]));
  const forced = namespacesByFile(byFolder);
  const here = documents
    .filter((document) => !isKustomization(document))
    .map((document) => {
      const namespace = forced.get(normalize(document.file));
      if (namespace !== undefined) return within(document, namespace, placed);
      return fallback === undefined || namespaceOf(document) !== undefined
        ? document
        : within(document, fallback, placed);
    });
  return { documents: here, diagnostics: kustomizations.flatMap(partly) };
}

/** The outermost kustomization that reaches a file has the last word, as in a build from there. */
function namespacesByFile(byFolder: ReadonlyMap<string, Document>): ReadonlyMap<string, string> {
  const listed = (folder: string): string[] =>
    listing.flatMap((field) => textsOf(byFolder.get(folder)?.value[field])).map((path) => join(folder, path));
  const inner = new Set([...byFolder.keys()].flatMap(listed).map((path) => path.replace(/\/$/, '')));
  const found = new Map<string, string>();
  /** A folder may be listed by many, and by itself: it is walked once for each namespace. */
  const walked = new Set<string>();
  const visit = (folder: string, above: string | undefined): void => {
    const own = byFolder.get(folder)?.value.namespace;
    const namespace = above ?? (typeof own === 'string' && own !== '' ? own : undefined);
    const id = `${namespace ?? ''} ${folder}`;
    if (walked.has(id)) return;
    walked.add(id);
    for (const path of listed(folder)) {
      const below = path.replace(/\/$/, '');
      if (byFolder.has(below)) visit(below, namespace);
      else if (namespace !== undefined && !found.has(below)) found.set(below, namespace);
    }
  };
  for (const folder of byFolder.keys()) if (!inner.has(folder)) visit(folder, undefined);
  return found;
}

const metadataOf = ({ value }: Document): Record<string, unknown> | undefined =>
  typeof value.metadata === 'object' && value.metadata !== null && !Array.isArray(value.metadata)
    ? (value.metadata as Record<string, unknown>)
    : undefined;
const namespaceOf = (document: Document): unknown => metadataOf(document)?.namespace;

/** Kinds that belong to no namespace. */
const clusterScoped: ReadonlySet<unknown> = new Set(['GatewayClass', 'Namespace']);

function within(document: Document, namespace: string, placed: Placed): Document {
  const { value } = document;
  const metadata = metadataOf(document);
  if (metadata === undefined || clusterScoped.has(value.kind)) return document;
  const known = placed.get(value);
  const made =
    known?.namespace === namespace
      ? known
      : { namespace, value: { ...value, metadata: { ...metadata, namespace } } };
  return { ...document, value: placed.keep(value, made).value };
}

function partly(document: Document): Diagnostic[] {
  const used = changing.filter((field) => document.value[field] !== undefined);
  if (used.length === 0) return [];
  const folder = dirname(document.file);
  return [
    {
      code: 'kustomization-partly',
      severity: 'warning',
      message: `Of this kustomization only the namespace is honoured, not ${used.join(', ')}.`,
      at: document.keyAt(used[0]!),
      hint: `Build it first: kustomize build ${folder} | loadstar … -f -`,
    },
  ];
}
