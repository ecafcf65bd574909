/** Which of the kinds an API server has, in which version, and under which path. */
import { groupBy } from '../basics/collections.ts';
import { asList, asObject, asText } from '../schema/words/findings.ts';
import { type ApiClient, ApiError } from './client.ts';
import { type FollowedKind, followedKinds, kindId } from './kinds.ts';

export interface Resource extends FollowedKind {
  readonly apiVersion: string;
  /** `/apis/gateway.networking.k8s.io/v1` */
  readonly path: string;
  /** As a path and a ClusterRole name it: `httproutes`. */
  readonly plural: string;
}

/** Of all objects of it, in a namespace where one is given and the kind has them. */
export const pathOf = ({ path, plural, clusterScoped }: Resource, namespace?: string): string =>
  namespace === undefined || clusterScoped
    ? `${path}/${plural}`
    : `${path}/namespaces/${namespace}/${plural}`;

/** By kindId; what the API server has not is left out. @throws {ApiError} */
export async function discover(client: ApiClient): Promise<ReadonlyMap<string, Resource>> {
  const found = new Map<string, Resource>();
  for (const [group, kinds] of groupBy(followedKinds, (one) => one.group)) {
    const served = await versionsOf(client, group);
    const names = new Map<string, ReadonlyMap<string, string>>();
    for (const kind of kinds) {
      // A version that is not read comes last: its objects are refused, and close what they protect.
      const wanted = [...kind.versions.filter((version) => served.includes(version)), ...served];
      for (const version of wanted) {
        const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
        const known = names.get(path) ?? (await namesIn(client, path));
        names.set(path, known);
        const plural = known.get(kind.kind);
        if (plural === undefined) continue;
        found.set(kindId(kind), { ...kind, apiVersion: path.replace(/^\/apis?\//, ''), path, plural });
        break;
      }
    }
  }
  return found;
}

/** Of a group, the preferred one first. */
async function versionsOf(client: ApiClient, group: string): Promise<readonly string[]> {
  if (group === '') return ['v1'];
  const answer = await orAbsent(client.ask({ path: `/apis/${group}` }));
  const preferred = asText(asObject(answer?.preferredVersion)?.version);
  const all = asList(answer?.versions).flatMap((one) => asText(asObject(one)?.version) ?? []);
  return [...(preferred === undefined ? [] : [preferred]), ...all.filter((one) => one !== preferred)];
}

/** Plurals by kind. */
async function namesIn(client: ApiClient, path: string): Promise<ReadonlyMap<string, string>> {
  const answer = await orAbsent(client.ask({ path }));
  return new Map(
    asList(answer?.resources).flatMap((one): [string, string][] => {
      const { kind, name } = asObject(one) ?? {};
      // `httproutes/status` is a part of one.
      return typeof kind === 'string' && typeof name === 'string' && !name.includes('/')
        ? [[kind, name]]
        : [];
    }),
  );
}

async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
