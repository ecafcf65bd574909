/**
 * What is known of one Envoy: who it is, which configuration it runs, and what it refused last, in its own
 * words.
 */
import type { Node } from '../proto/core_pb.js';
import type { Answer } from './delta.ts';
import type { EnvoyLoad } from './load-sums.ts';
import type { Kind } from './registry.ts';

export interface EnvoyStatus {
  /** node.id of its bootstrap. */
  readonly id: string;
  /** node.cluster; in a fleet the Gateway that it is for. */
  readonly cluster: string;
  /** Of node.locality. */
  readonly zone: string;
  /** `1.40.0`, as it says; '' when it does not. */
  readonly envoy: string;
  readonly since: Date;
  /** Version of the last configuration that it took as a whole; '' before the first. */
  readonly acknowledged: string;
  /** Since when it has not what is served, through any number of changes. */
  readonly behindSince?: Date;
  readonly refused?: {
    readonly at: Date;
    readonly kind: Kind;
    readonly names: readonly string[];
    readonly reason: string;
  };
  /** While somebody looks, and when it has told. */
  readonly load?: EnvoyLoad;
}

/** It connects, is gone, refuses something, or does not answer in time. */
export type EnvoyEvent = 'joins' | 'leaves' | 'refuses' | 'lags';

/** A name of a peer goes into messages: it is kept short. */
export const ID_LENGTH = 256;

export const connected = (at: Date): EnvoyStatus => ({
  id: '',
  cluster: '',
  zone: '',
  envoy: '',
  since: at,
  acknowledged: '',
  behindSince: at,
});

/** Envoy says it with the first request of a stream. */
export function identified(status: EnvoyStatus, node: Node | undefined): EnvoyStatus {
  if (node === undefined || status.id !== '') return status;
  const agent = node.userAgentVersionType;
  const version = agent.case === 'userAgentBuildVersion' ? agent.value.version : undefined;
  return {
    ...status,
    id: node.id.slice(0, ID_LENGTH),
    cluster: node.cluster.slice(0, ID_LENGTH),
    zone: (node.locality?.zone ?? '').slice(0, ID_LENGTH),
    envoy: version === undefined ? '' : `${version.majorNumber}.${version.minorNumber}.${version.patch}`,
  };
}

export const answered = (status: EnvoyStatus, { kind, names, refused }: Answer, at: Date): EnvoyStatus =>
  refused === undefined ? status : { ...status, refused: { at, kind, names, reason: refused } };

/** After all of a configuration was acknowledged, what was refused before is history. */
export const inStep = (
  { refused: _, behindSince: __, ...status }: EnvoyStatus,
  version: string,
): EnvoyStatus => ({
  ...status,
  acknowledged: version,
});

export const behind = (status: EnvoyStatus, at: Date): EnvoyStatus =>
  status.behindSince === undefined ? { ...status, behindSince: at } : status;
