/** The fleet and its server as Prometheus' text (version 0.0.4); docs/METRICS.md has what each means. */
import type { FleetStatus } from './fleet-status.ts';

export interface ServerCounts {
  /** By what came of them. */
  readonly changes: Readonly<Record<string, number>>;
  /** The input read and translated, or new addresses brought into it. */
  readonly translations: { readonly count: number; readonly seconds: number };
  /** To all Envoys, by the kind of what it was. */
  readonly sentBytes: ReadonlyMap<string, number>;
  readonly certificates: readonly Expiring[];
  readonly process: {
    readonly startedAt: Date;
    readonly cpuSeconds: number;
    readonly residentBytes: number;
  };
}

export interface Expiring {
  /** Of a Gateway that it is served for; absent: what the server itself shows, or trusts. */
  readonly gateway?: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

export function fleetMetrics({ envoys, groups, version }: FleetStatus, counts: ServerCounts): string {
  const { changes, translations, sentBytes, certificates, process } = counts;
  const ofEach = (number: (one: Line) => number, worst: typeof Math.max) =>
    worstOf(
      envoys.map((one) => [labels({ id: one.id, gateway: one.gateway, zone: one.zone }), number(one)]),
      worst,
    );
  const ofGroups = (number: (one: FleetStatus['groups'][number]) => number) =>
    groups.map((one) => [labels({ gateway: one.gateway }), number(one)] as const);
  const versions = envoys.map((one) => labels({ id: one.id, gateway: one.gateway, version: one.envoy }));
  const expiries = certificates.map(
    ({ gateway, name, expires }) =>
      [labels(gateway === undefined ? { name } : { name, gateway }), expires / 1000] as const,
  );
  return [
    ...gauge('loadstar_server_info', 'The version of this program.', [[labels({ version }), 1]]),
    ...counter(
      'loadstar_server_changes_total',
      'Changes of the input by what came of them, each for the Envoys of one Gateway.',
      Object.entries(changes).map(([result, count]) => [labels({ result }), count]),
    ),
    ...gauge(
      'loadstar_server_input_refused',
      '1: the input as it is now is refused, and Envoys have what was good last.',
      ofGroups(({ refused }) => (refused === true ? 1 : 0)),
    ),
    ...gauge(
      'loadstar_server_last_change_timestamp_seconds',
      'Since when the Envoys of this Gateway are served what they are.',
      ofGroups(({ since }) => Date.parse(since) / 1000),
    ),
    ...metric(
      'loadstar_server_translation_seconds',
      'summary',
      'Time to read and translate the input, or to bring new addresses of names into it.',
      [
        ['_sum', translations.seconds],
        ['_count', translations.count],
      ],
    ),
    ...gauge(
      'loadstar_server_envoys',
      'Envoys that are connected.',
      ofGroups(({ gateway }) => envoys.filter((one) => one.gateway === gateway).length),
    ),
    ...counter(
      'loadstar_server_sent_bytes_total',
      'Bytes of messages to Envoys, by the kind of resource.',
      [...sentBytes].map(([kind, bytes]) => [labels({ kind }), bytes]),
    ),
    ...gauge(
      'loadstar_server_certificate_expiry_timestamp_seconds',
      'When a certificate expires: of the server itself, or of a Gateway that it serves.',
      worstOf(expiries, Math.min),
    ),
    ...gauge('loadstar_envoy_info', 'The version of this Envoy.', worstOf(versions.map((one) => [one, 1]))),
    ...gauge(
      'loadstar_envoy_current',
      '1: this Envoy has acknowledged what is served.',
      ofEach(({ current }) => (current ? 1 : 0), Math.min),
    ),
    ...gauge(
      'loadstar_envoy_behind_seconds',
      'For how long it has not had what is served; 0: it has.',
      ofEach(({ behindSeconds }) => behindSeconds, Math.max),
    ),
    ...gauge(
      'loadstar_envoy_refuses',
      '1: it refuses what it was sent last.',
      ofEach(({ refused }) => (refused === undefined ? 0 : 1), Math.max),
    ),
    ...gauge(
      'loadstar_envoy_lacks',
      'Features in use that it is too old for.',
      ofEach(({ lacks = [] }) => lacks.length, Math.max),
    ),
    ...gauge('process_start_time_seconds', 'When the server started, in seconds since 1970.', [
      ['', process.startedAt.getTime() / 1000],
    ]),
    ...counter('process_cpu_seconds_total', 'CPU time of the server.', [['', process.cpuSeconds]]),
    ...gauge('process_resident_memory_bytes', 'Memory of the server.', [['', process.residentBytes]]),
    '',
  ].join('\n');
}

type Line = FleetStatus['envoys'][number];
type Sample = readonly [labels: string, value: number];

/** Two Envoys may have one name. A page that has a sample twice is no good: it has the worse one. */
function worstOf(samples: readonly Sample[], worst: typeof Math.max = Math.max): Sample[] {
  const found = new Map<string, number>();
  for (const [labels, value] of samples) found.set(labels, worst(value, found.get(labels) ?? value));
  return [...found];
}

const gauge = (name: string, help: string, samples: readonly Sample[]) =>
  metric(name, 'gauge', help, samples);
const counter = (name: string, help: string, samples: readonly Sample[]) =>
  metric(name, 'counter', help, samples);

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
