/**
 * docs/METRICS.md, and the example dashboard and rules in envoy/observability, against what a real Envoy
 * shows: the page names every statistic of the filter and no other, with its type, and nothing that the
 * examples ask for is missing.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { Envoy } from '../support/envoy.ts';
import { eventually } from '../support/eventually.ts';
import { consistentHash, gateway, httpRoute, policy, service, untilHot } from '../support/manifests.ts';
import * as orca from '../support/orca.ts';
import { sendMany } from '../support/send.ts';
import { translate } from '../support/translate.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const labels = ['loadstar_cluster', 'loadstar_host'];
const gauges = ['rps_milli', 'utilization_permille', 'shed_permille', 'in_flight'];
/** Of hosts that were asked often enough. */
const seldom = 'fastest_microseconds';

const header = consistentHash({ type: 'Header', header: { name: 'X-Key' } });

let backends: Backend[] = [];
let envoy: Envoy;
/** Name → type, as Envoy tells Prometheus. */
let shown: Map<string, string>;
let samples: string[] = [];

before(async () => {
  backends = await startBackends(['127.0.0.31', '127.0.0.32']);
  const manifests = [
    ...gateway(),
    ...service('backend', backends),
    ...['hash', 'sticky', 'utilization'].map((name) => httpRoute({ name })),
    policy('hash', header),
    untilHot(policy('sticky', header)),
    policy('utilization', { loadBalancer: { type: 'BackendUtilization', backendUtilization: {} } }),
  ];
  envoy = await Envoy.start(await translate(manifests, 'filter'), { concurrency: 2 });
  const text = await eventually('each gauge is there', async () => {
    for (const report of [orca.json(0.5), orca.documentedBinary(0)]) {
      for (const backend of backends) backend.reply = () => ({ headers: report });
      for (const path of ['/hash', '/sticky', '/utilization'])
        await sendMany(envoy, { path, headers: [['X-Key', 'a']] }, 20);
    }
    const page = await envoy.admin.text('/stats/prometheus');
    for (const gauge of [...gauges, seldom]) assert.match(page, new RegExp(`^loadstar_host_${gauge}{`, 'm'));
    return page;
  });
  shown = new Map(
    [...text.matchAll(/^# TYPE (loadstar_\w+) (\w+)$/gm)].map(([, name, type]) => [name!, type!]),
  );
  samples = text.split('\n').filter((line) => line.startsWith('loadstar_'));
});
after(async () => {
  await envoy?.stop();
  await stopAll(backends);
});

test('docs/METRICS.md names every statistic with its type, and no other', () => {
  const [page = ''] = read('docs/METRICS.md').split('\n## The server of a fleet\n');
  const rows = [...page.matchAll(/^\| `(loadstar_\w+)` \| (\w+) \|/gm)];
  const named = new Map(rows.map(([, name, type]) => [name!, type!]));
  assert.equal(named.size, rows.length, 'each once');
  assert.deepEqual(Object.fromEntries([...named].sort()), Object.fromEntries([...shown].sort()));
});

test('a gauge of a host has the labels that the page tells', () => {
  const ofHosts = samples.filter((line) => line.startsWith('loadstar_host_'));
  const hosts = backends.map(({ host }) => host);
  for (const line of ofHosts) {
    const [, cluster, host] =
      /^\w+\{loadstar_cluster="([^"]+)",loadstar_host="([^"]+)"\} \d+$/.exec(line) ?? [];
    assert.match(cluster ?? line, /^httproute\/default\/(sticky|utilization)\/rule\/0$/);
    assert.ok(hosts.includes(host ?? ''), line);
  }
  for (const host of hosts)
    for (const gauge of gauges) {
      const label = `loadstar_host="${host}"`;
      const found = ofHosts.some(
        (line) => line.startsWith(`loadstar_host_${gauge}{`) && line.includes(label),
      );
      assert.ok(found, `${gauge} of ${host}`);
    }
});

test('each refusal has one reason', () => {
  const sum = (pattern: RegExp) =>
    samples
      .filter((line) => pattern.test(line))
      .reduce((all, line) => all + Number(line.split(' ').at(-1)), 0);
  const refused = sum(/^loadstar_reports_(text|json|binary)_refused_total/);
  assert.ok(refused > 0);
  assert.equal(sum(/^loadstar_reports_refused_\w+_total/), refused);
});

/**
 * The names of metrics in PromQL; the labels of ours must be in `by` or in braces, which the samples above
 * have.
 */
function namesIn(expression: string): string[] {
  const names = (expression.match(/\b(?:loadstar|envoy)_\w+/g) ?? []).filter(
    (name) => !labels.includes(name),
  );
  assert.ok(names.length > 0, `asks for nothing: ${expression}`);
  return names;
}
const allShown = (expressions: readonly string[]): Set<string> => {
  const names = new Set(expressions.flatMap(namesIn));
  for (const name of names) assert.ok(shown.has(name), `there is no ${name}`);
  return names;
};

test('the dashboard asks for what there is, and shows each form, result and reason', () => {
  interface Panel {
    readonly id: number;
    readonly title: string;
    readonly targets: readonly { readonly expr: string; readonly refId: string }[];
  }
  const { panels } = JSON.parse(read('envoy/observability/grafana-dashboard.json')) as { panels: Panel[] };
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  for (const { title, targets } of panels)
    assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
  const asked = allShown(panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)));
  const reports = [...shown.keys()].filter((name) => /^loadstar_reports_\w+_(\w+)_total$/.test(name));
  assert.ok(reports.length >= 24, `${reports}`);
  for (const name of reports) assert.ok(asked.has(name), `the dashboard leaves out ${name}`);
});

test('the rules ask for what there is', () => {
  interface Rule {
    readonly alert: string;
    readonly expr: string;
    readonly for?: string;
    readonly annotations: { readonly summary: string };
  }
  const { groups } = parse(read('envoy/observability/prometheus-rules.yaml')) as {
    groups: { rules: Rule[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);
  assert.equal(new Set(rules.map(({ alert }) => alert)).size, 4);
  for (const rule of rules) assert.ok(rule.annotations.summary, rule.alert);
  allShown(rules.map(({ expr }) => expr));
});
