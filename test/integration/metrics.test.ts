/** The filter's counters where a person looks for them: Envoy's /stats and /stats/prometheus. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { Envoy } from '../support/envoy.ts';
import { eventually } from '../support/eventually.ts';
import { consistentHash, gateway, httpRoute, policy, service } from '../support/manifests.ts';
import * as orca from '../support/orca.ts';
import { sendMany } from '../support/send.ts';
import { translate } from '../support/translate.ts';

let backends: Backend[] = [];
let envoy: Envoy;

before(async () => {
  backends = await startBackends(['127.0.0.11', '127.0.0.12']);
  for (const backend of backends) backend.reply = () => ({ headers: orca.json(0.5) });
  const manifests = [
    ...gateway(),
    ...service('backend', backends),
    httpRoute({ name: 'header' }),
    policy('header', consistentHash({ type: 'Header', header: { name: 'X-Key' } })),
    httpRoute({ name: 'utilization' }),
    policy('utilization', { loadBalancer: { type: 'BackendUtilization', backendUtilization: {} } }),
  ];
  envoy = await Envoy.start(await translate(manifests, 'filter'), { concurrency: 2 });
});
after(async () => {
  await envoy?.stop();
  await stopAll(backends);
});

test('counts are exact, over both workers, in both formats', async () => {
  await sendMany(envoy, { path: '/header', headers: [['X-Key', 'a']] }, 70);
  await sendMany(envoy, { path: '/header' }, 30);
  await sendMany(envoy, { path: '/utilization' }, 50);
  const expected = {
    loadstar_picks_total: 70,
    loadstar_keys_absent_total: 30,
    loadstar_reports_json_repaired_total: 50,
    loadstar_reports_stripped_total: 50,
    loadstar_reports_json_refused_total: 0,
  };
  const stats = await envoy.admin.filterStats();
  const prometheus = await envoy.admin.prometheus('loadstar_');
  for (const [name, value] of Object.entries(expected)) {
    assert.equal(stats[name], value, name);
    const samples = Object.entries(prometheus).filter(
      ([sample]) => sample.startsWith(`${name}{`) || sample === name,
    );
    assert.equal(samples.length, 1, `${name} in /stats/prometheus`);
    assert.equal(samples[0]?.[1], value, `${name} in /stats/prometheus`);
  }
});

test('gauges per host: utilization, and a name that Prometheus takes', async () => {
  const found = await eventually('the gauges are there', async () => {
    await sendMany(envoy, { path: '/utilization' }, 20);
    const samples = Object.entries(await envoy.admin.prometheus('loadstar_host'));
    const utilization = samples.filter(([name]) => name.includes('utilization_permille'));
    assert.ok(utilization.length >= backends.length, `there are ${samples.map(([name]) => name)}`);
    return utilization;
  });
  for (const [name, value] of found) {
    assert.match(name, /^[a-zA-Z_:][a-zA-Z0-9_:]*(\{.*\})?$/);
    assert.equal(value, 500);
  }
});
