/** What a server knows of its Envoys, as the document that `loadstar status` reads and Prometheus scrapes. */
import { compareText } from '../basics/text.ts';
import type { EnvoyStatus } from '../xds/envoy-status.ts';
import type { EnvoyGroup } from '../xds/group.ts';

/** The Envoys that get the same. */
export interface ServedGroup {
  /** `namespace/name` of the Gateway; '' for all of the input. */
  readonly gateway: string;
  /** The input as it is now is not what is served. */
  readonly refused?: boolean;
  readonly group: Pick<EnvoyGroup, 'envoys' | 'snapshot' | 'since' | 'lacksOf'>;
}

export interface FleetStatus {
  /** Of this program. */
  readonly version: string;
  readonly groups: readonly {
    readonly gateway: string;
    /** A hash of what is served: the same in every server that serves the same input. */
    readonly serves: string;
    readonly since: string;
    /** The input as it is now is refused: this is what was good last. */
    readonly refused?: true;
  }[];
  /** By Gateway and name. */
  readonly envoys: readonly EnvoyLine[];
}

interface LoadedLine {
  readonly line: EnvoyLine;
  readonly load?: EnvoyStatus['load'];
}

export interface EnvoyLine {
  readonly id: string;
  readonly gateway: string;
  readonly zone: string;
  /** '' when it does not say. */
  readonly envoy: string;
  readonly connectedSince: string;
  /** What it has acknowledged as a whole; '' before the first. */
  readonly acknowledged: string;
  /** It has what is served. */
  readonly current: boolean;
  /** For how long what is served is not what it has; 0 when it is current. */
  readonly behindSeconds: number;
  /** What of it an Envoy of its version cannot have, and what it does instead. */
  readonly lacks?: readonly string[];
  readonly refused?: {
    readonly at: string;
    readonly kind: string;
    readonly names: readonly string[];
    /** Envoy's words. */
    readonly reason: string;
  };
}

/** @param now For how far each is behind. */
export function fleetStatus(groups: readonly ServedGroup[], version: string, now = new Date()): FleetStatus {
  return {
    version,
    groups: groups.map(({ gateway, refused, group: { snapshot, since } }) => ({
      gateway,
      serves: snapshot.version,
      since: since.toISOString(),
      ...(refused === true ? { refused } : {}),
    })),
    envoys: envoyLines(groups, now).map(({ line }) => line),
  };
}

/** Each Envoy, by Gateway and name; and what it counts, while somebody looks. */
export const envoyLines = (groups: readonly ServedGroup[], now = new Date()): LoadedLine[] =>
  groups
    .flatMap((served) =>
      served.group.envoys().map((status) => ({ line: lineOf(served, status, now), load: status.load })),
    )
    .sort(({ line: a }, { line: b }) => compareText(a.gateway, b.gateway) || compareText(a.id, b.id));

function lineOf({ gateway, group }: ServedGroup, status: EnvoyStatus, now: Date): EnvoyLine {
  const { id, zone, envoy, since, acknowledged, refused, behindSince } = status;
  const current = acknowledged === group.snapshot.version;
  const lacks = group.lacksOf(envoy);
  const from = (behindSince ?? group.since).getTime();
  return {
    ...{ id, gateway, zone, envoy, acknowledged, current },
    connectedSince: since.toISOString(),
    behindSeconds: current ? 0 : Math.max(0, Math.round((now.getTime() - from) / 1000)),
    ...(lacks.length === 0 ? {} : { lacks }),
    ...(refused === undefined ? {} : { refused: { ...refused, at: refused.at.toISOString() } }),
  };
}

/** What is refused, and in Envoy's words. */
export const refusalText = ({
  kind,
  names,
  reason,
}: Pick<NonNullable<EnvoyLine['refused']>, 'kind' | 'names' | 'reason'>): string =>
  `the ${kind} ${names.slice(0, MAX_NAMED).join(', ')}: ${reason}`;
/** Of the names in it. */
const MAX_NAMED = 3;

const TEXTS = ['id', 'gateway', 'zone', 'envoy', 'connectedSince', 'acknowledged'];

/** Whoever listens there may answer anything. */
export function isFleetStatus(value: unknown): value is FleetStatus {
  const { groups, envoys } = fields(value);
  return (
    Array.isArray(groups) &&
    Array.isArray(envoys) &&
    groups.every((one) => hasTexts(one, ['gateway', 'serves', 'since'])) &&
    envoys.every((one) => {
      const { current, behindSeconds, refused, lacks = [] } = fields(one);
      const rest = typeof current === 'boolean' && typeof behindSeconds === 'number';
      const more = isTexts(lacks) && (refused === undefined || isRefusal(refused));
      return hasTexts(one, TEXTS) && rest && more;
    })
  );
}

function isRefusal(value: unknown): boolean {
  const { names } = fields(value);
  return hasTexts(value, ['at', 'kind', 'reason']) && isTexts(names);
}

const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

const fields = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
const hasTexts = (value: unknown, names: readonly string[]): boolean =>
  names.every((name) => typeof fields(value)[name] === 'string');
