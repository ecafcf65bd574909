/** The fleet in Prometheus' text format (version 0.0.4). */
import type { FleetStatus } from './status.ts';

export interface ServerCounts {
  /** Changes that all Envoys of their groups have acknowledged, and those that were refused or not valid. */
  readonly changesGood: number;
  readonly changesRefused: number;
  readonly startedAt: Date;
}

export function fleetMetrics({ envoys, groups, version }: FleetStatus, counts: ServerCounts): string {
  const of = (one: FleetStatus['envoys'][number]) =>
    labels({ id: one.id, gateway: one.gateway, zone: one.zone });
  return [
    ...metric('loadstar_server_info', 'gauge', 'The version of this program.', [[labels({ version }), 1]]),
    ...metric('loadstar_server_start_time_seconds', 'gauge', 'When it started, in seconds since 1970.', [
      ['', counts.startedAt.getTime() / 1000],
    ]),
    ...metric('loadstar_server_changes_total', 'counter', 'Changes of the input, by what came of them.', [
      [labels({ result: 'acknowledged' }), counts.changesGood],
      [labels({ result: 'refused' }), counts.changesRefused],
    ]),
    ...metric('loadstar_server_group_envoys', 'gauge', 'Envoys that are connected, by Gateway.', [
      ...groups.map(({ gateway }) => {
        const here = envoys.filter((one) => one.gateway === gateway);
        return [labels({ gateway }), here.length] as const;
      }),
    ]),
    ...metric('loadstar_envoy_current', 'gauge', '1: this Envoy has what is served.', [
      ...envoys.map((one) => [of(one), one.current ? 1 : 0] as const),
    ]),
    ...metric('loadstar_envoy_behind_seconds', 'gauge', 'For how long it has not had what is served.', [
      ...envoys.map((one) => [of(one), one.behindSeconds] as const),
    ]),
    ...metric('loadstar_envoy_refuses', 'gauge', '1: it refuses what it was sent last.', [
      ...envoys.map((one) => [of(one), one.refused === undefined ? 0 : 1] as const),
    ]),
    '',
  ].join('\n');
}

type Sample = readonly [labels: string, value: number];

function metric(name: string, type: string, help: string, samples: readonly Sample[]): string[] {
  const lines = samples.map(([labels, value]) => `${name}${labels} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines];
}

const labels = (values: Readonly<Record<string, string>>): string =>
  `{${Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`;
const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
