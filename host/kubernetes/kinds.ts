/** The kinds that are followed: all that are read, and those that protect what is served. */
import { kinds } from '../schema/index.ts';
import { otherKinds } from '../schema/other-kinds.ts';

export interface FollowedKind {
  readonly group: string;
  readonly kind: string;
  /** The newest first; empty: whichever the API server prefers. */
  readonly versions: readonly string[];
  readonly clusterScoped: boolean;
  /** Of a list: what is never meant. */
  readonly fieldSelector?: string;
}

/** Secrets that hold no certificate and no password of ours, and may be many and large. */
const NOT_OURS = [
  'helm.sh/release.v1',
  'kubernetes.io/service-account-token',
  'kubernetes.io/dockerconfigjson',
];

export const followedKinds: readonly FollowedKind[] = [
  ...kinds.map(({ group, kind, versions, clusterScoped }) => ({
    ...{ group, kind, versions, clusterScoped },
    ...(kind === 'Secret' ? { fieldSelector: NOT_OURS.map((type) => `type!=${type}`).join(',') } : {}),
  })),
  ...otherKinds
    .filter(({ open }) => open !== undefined)
    .map(({ group, kind }) => ({ group, kind, versions: [], clusterScoped: false })),
];

/** `HTTPRoute.gateway.networking.k8s.io` */
export const kindId = ({ group, kind }: Pick<FollowedKind, 'group' | 'kind'>): string =>
  group === '' ? kind : `${kind}.${group}`;
