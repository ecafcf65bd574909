/**
 * A static bootstrap → files for an Envoy that stays while its configuration changes, without a server. Envoy
 * reads a file again whenever it is replaced. Routes and the filter's configuration have files of their own:
 * were they in the listener, connections of before would keep the old ones until they end.
 */
import { createHash } from 'node:crypto';
import { emit } from '../envoy/emit.ts';
import type { Bootstrap } from '../envoy/envoy-types.ts';
import { isLocalCluster, withoutServed } from '../envoy/zones.ts';
import { type Kind, TYPE_URLS } from '../xds/registry.ts';
import { splitListener } from '../xds/resources.ts';

export interface ExportedFile {
  readonly name: string;
  readonly text: string;
}

const LISTENERS = 'lds.json';
export const CLUSTERS = 'cds.json';
export const BOOTSTRAP = 'envoy.yaml';
const ENDINGS = { rds: '.rds.json', ecds: '.filter.json' } as const;

/** Such a file may be left from another time, when there was another listener. */
export const isOfListener = (file: string): boolean =>
  Object.values(ENDINGS).some((ending) => file.endsWith(ending));

/** In each file that is written: whose it is. */
const WRITER = { identifier: 'loadstar export' };

/** Whether it was written here, under this name: a file of such a name may be somebody else's. */
export function isOwnFile(file: string, value: unknown): boolean {
  const { identifier } = (value as { control_plane?: { identifier?: unknown } } | null)?.control_plane ?? {};
  const [first] = resourcesIn(value);
  return (
    identifier === WRITER.identifier &&
    first !== undefined &&
    (['rds', 'ecds'] as const).some((kind) => fileOf(kind, first.name) === file)
  );
}

export const isFollowed = (file: string): boolean =>
  file === LISTENERS || file === CLUSTERS || isOfListener(file);

/** `default/eg/http`, `loadstar.select/default/eg/http`: no name in the API holds an underscore. */
const fileOf = (kind: keyof typeof ENDINGS, name: string): string =>
  `${name.replaceAll('/', '_')}${ENDINGS[kind]}`;

/**
 * In the order in which they are to be written: what is referred to comes first.
 * @param folder Of the files, an absolute path as Envoy sees it.
 * @param standing What is in the files that Envoy follows now, by name. Clusters that they lead to stay for
 *   this time: Envoy reads one file after the other.
 */
export function envoyFiles(
  made: Bootstrap,
  folder: string,
  standing: ReadonlyMap<string, unknown> = new Map(),
): readonly ExportedFile[] {
  const watch = (file: string) =>
    ({ path_config_source: { path: `${folder}/${file}` }, resource_api_version: 'V3' }) as const;
  const { listeners, clusters } = made.static_resources;
  const parts = listeners.map((listener) =>
    splitListener(listener, (kind, name) => watch(fileOf(kind, name))),
  );
  const start: Bootstrap = {
    ...withoutServed(made),
    dynamic_resources: { lds_config: watch(LISTENERS), cds_config: watch(CLUSTERS) },
  };
  const one = (kind: keyof typeof ENDINGS, resource: { readonly name: string }) => ({
    name: fileOf(kind, resource.name),
    text: response(kind, [resource]),
  });
  const served = clusters.filter((cluster) => !isLocalCluster(made, cluster));
  const kept = usedClusters(standing, new Set(clusters.map(({ name }) => name)));
  return [
    { name: CLUSTERS, text: response('cds', [...served, ...kept]) },
    ...parts.flatMap(({ filters }) => filters.map((filter) => one('ecds', filter))),
    ...parts.flatMap(({ routes }) => routes.map((table) => one('rds', table))),
    {
      name: LISTENERS,
      text: response(
        'lds',
        parts.map((part) => part.served),
      ),
    },
    { name: BOOTSTRAP, text: emit(start, 'yaml') },
  ];
}

/** A DiscoveryResponse. Its version is a hash of the content, which Envoy's statistics show. */
function response(kind: Kind, resources: readonly object[]): string {
  const typed = resources.map((one) => ({ '@type': TYPE_URLS[kind], ...one }));
  const version_info = createHash('sha256').update(JSON.stringify(typed)).digest('hex').slice(0, 12);
  return emit({ version_info, resources: typed, control_plane: WRITER }, 'json');
}

/** Clusters of the one file that another names anywhere. */
function usedClusters(standing: ReadonlyMap<string, unknown>, fresh: ReadonlySet<string>): object[] {
  const words = new Set<string>();
  for (const [file, value] of standing) if (file !== CLUSTERS) collectTexts(value, words);
  return resourcesIn(standing.get(CLUSTERS)).filter(({ name }) => words.has(name) && !fresh.has(name));
}

/** Whether there are clusters that Envoy does not have yet. */
export function addsClusters({ text }: ExportedFile, standing: unknown): boolean {
  const has = new Set(resourcesIn(standing).map(({ name }) => name));
  return resourcesIn(JSON.parse(text)).some(({ name }) => !has.has(name));
}

/** Those that have a name. */
export function resourcesIn(file: unknown): { readonly name: string }[] {
  const list = (file as { resources?: unknown } | null | undefined)?.resources;
  return Array.isArray(list) ? list.filter((one) => typeof one?.name === 'string') : [];
}

function collectTexts(value: unknown, into: Set<string>): void {
  if (typeof value === 'string') into.add(value);
  else if (typeof value === 'object' && value !== null)
    for (const part of Object.values(value)) collectTexts(part, into);
}

/** What of the files is not as it stands; empty: nothing. A cluster more harms nobody. */
export function differentFiles(
  files: readonly ExportedFile[],
  standing: ReadonlyMap<string, unknown>,
): readonly string[] {
  return files.flatMap(({ name, text }) => {
    if (!isFollowed(name)) return [];
    const [has, wants] = [standing.get(name), JSON.parse(text)].map(
      (file) => new Map(resourcesIn(file).map((one) => [one.name, JSON.stringify(one)])),
    ) as [Map<string, string>, Map<string, string>];
    const gone = name === CLUSTERS ? [] : [...has.keys()].filter((one) => !wants.has(one));
    return [
      ...[...wants].flatMap(([one, value]) =>
        has.get(one) === value ? [] : [`${name}: ${one} ${has.has(one) ? 'differs' : 'is missing'}`],
      ),
      ...gone.map((one) => `${name}: ${one} is no longer needed`),
    ];
  });
}
