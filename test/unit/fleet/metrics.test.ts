/** The metrics of `serve`: the format, what docs/METRICS.md says of them, and what the alerts ask for. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { fleetStatus } from '../../../host/fleet/fleet-status.ts';
import { fleetMetrics, type ServerCounts } from '../../../host/fleet/prometheus.ts';
import type { EnvoyStatus } from '../../../host/xds/envoy-status.ts';
import { snapshotOf } from '../xds/support.ts';

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
const snapshot = snapshotOf({ cds: { a: 1 } });
const envoy = (id: string, more: Partial<EnvoyStatus> = {}): EnvoyStatus => ({
  ...{ id, cluster: 'shop/web', zone: 'a', envoy: '1.40.0', since: at(0), acknowledged: snapshot.version },
  ...more,
});
const counts: ServerCounts = {
  changes: { acknowledged: 3, refused: 1, unanswered: 0, waiting: 0 },
  translations: { count: 4, seconds: 0.5 },
  sentBytes: new Map([['eds', 384]]),
  certificates: [
    { name: '--tls-cert', expires: 2_000 },
    { gateway: 'shop/web', name: 'default/c', expires: 3_000 },
    { gateway: 'shop/web', name: 'default/c', expires: 1_000 },
  ],
  process: { startedAt: at(0), cpuSeconds: 1.5, residentBytes: 1_024 },
};
const page = (...envoys: EnvoyStatus[]): string => {
  const lacksOf = (version: string) => (version === '1.36.4' ? ['cookies', 'weights'] : []);
  const group = { envoys: () => envoys, snapshot, since: at(10), lacksOf };
  return fleetMetrics(fleetStatus([{ gateway: 'shop/web', refused: true, group }], '1.0.0', at(20)), counts);
};
const samplesOf = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

test('each Envoy has its own, with its name escaped; each count is there', () => {
  const text = page(
    envoy('o"n\\e\n'),
    envoy('old', { envoy: '1.36.4', acknowledged: 'x', behindSince: at(5) }),
  );
  for (const line of [
    'loadstar_envoy_current{id="o\\"n\\\\e\\n",gateway="shop/web",zone="a"} 1',
    'loadstar_envoy_behind_seconds{id="old",gateway="shop/web",zone="a"} 15',
    'loadstar_envoy_lacks{id="old",gateway="shop/web",zone="a"} 2',
    'loadstar_envoy_info{id="old",gateway="shop/web",version="1.36.4"} 1',
    'loadstar_server_changes_total{result="refused"} 1',
    'loadstar_server_input_refused{gateway="shop/web"} 1',
    'loadstar_server_envoys{gateway="shop/web"} 2',
    'loadstar_server_last_change_timestamp_seconds{gateway="shop/web"} 1767225610',
    'loadstar_server_translation_seconds_sum 0.5',
    'loadstar_server_sent_bytes_total{kind="eds"} 384',
    'loadstar_server_certificate_expiry_timestamp_seconds{name="--tls-cert"} 2',
    'loadstar_server_certificate_expiry_timestamp_seconds{name="default/c",gateway="shop/web"} 1',
  ])
    assert.ok(samplesOf(text).includes(line), line);
  assert.ok(text.endsWith('\n'));
});

test('no sample stands there twice: of two Envoys of one name the worse one is shown', () => {
  const text = page(envoy('twin'), envoy('twin', { acknowledged: 'x', behindSince: at(12) }), envoy('twin'));
  const names = samplesOf(text).map((line) => line.slice(0, line.lastIndexOf(' ')));
  assert.equal(new Set(names).size, names.length);
  assert.match(text, /^loadstar_envoy_current\{id="twin".*\} 0$/m);
  assert.match(text, /^loadstar_envoy_behind_seconds\{id="twin".*\} 8$/m);
});

/** Name → type. */
const shown = new Map(
  [...page(envoy('one')).matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => [name!, type!]),
);

test('names are as Prometheus wants them: units in full, _total where it only grows, and each has a help text', () => {
  for (const [name, type] of shown) {
    assert.equal(name.endsWith('_total'), type === 'counter', name);
    assert.match(page(), new RegExp(`^# HELP ${name} [A-Z0-9].*\\.$`, 'm'));
    assert.doesNotMatch(name, /_(ms|milliseconds|minutes|kb|count|gauge)$/);
  }
});

test('docs/METRICS.md names each with its type and labels, and no other', () => {
  const rows = [
    ...read('docs/METRICS.md').matchAll(/^\| `((?:loadstar|process)_\w+)` \| (\w+) \| (.*?) ?\| /gm),
  ];
  const own = rows.filter(([, name]) => /^(process|loadstar_(server|envoy))_/.test(name!));
  assert.deepEqual(Object.fromEntries(own.map(([, name, type]) => [name, type])), Object.fromEntries(shown));
  const samples = samplesOf(page(envoy('one')));
  for (const [, name, , said] of own) {
    const labels = samples
      .filter((line) => line.replace(/_(sum|count) /, ' ').split(/[{ ]/)[0] === name)
      .flatMap((line) => [...line.matchAll(/(\w+)="/g)].map(([, label]) => label));
    assert.deepEqual(
      [...said!.matchAll(/`(\w+)`/g)].map(([, label]) => label),
      [...new Set(labels)],
      name,
    );
  }
});

test('the alerts ask for what there is, in whole expressions', () => {
  interface Rule {
    readonly alert: string;
    readonly expr: string;
    readonly for: string;
    readonly annotations: { readonly summary: string };
  }
  const text = read('envoy/observability/prometheus-rules-serve.yaml');
  const { groups } = parse(text) as { groups: { rules: Rule[] }[] };
  const rules = groups.flatMap((group) => group.rules);
  assert.equal(new Set(rules.map(({ alert }) => alert)).size, 3);
  for (const { alert, expr, for: time, annotations } of rules) {
    const asked = expr.match(/\bloadstar_\w+/g) ?? [];
    assert.ok(asked.length > 0, alert);
    for (const name of asked) assert.ok(shown.has(name), name);
    assert.match(time, /^\d+[mh]$/);
    assert.ok(annotations.summary.includes('{{'), alert);
    for (const [, label] of annotations.summary.matchAll(/\$labels\.(\w+)/g))
      assert.ok(label === 'instance' || page(envoy('one')).includes(`${label}="`), label);
  }
});
