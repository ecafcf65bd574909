/** What is said of Envoys that come and go, and that it is bounded. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { FleetLog } from '../../../host/fleet/log.ts';
import { connected, type EnvoyStatus } from '../../../host/xds/envoy-status.ts';

const envoy = (id: string, more: Partial<EnvoyStatus> = {}): EnvoyStatus => ({
  ...connected(new Date(0)),
  id,
  envoy: '1.40.0',
  ...more,
});
const refusing = (reason: string) =>
  envoy('e', { refused: { at: new Date(0), kind: 'lds', names: ['a/http'], reason } });

test('who, of which Gateway and zone, by which version, does what', () => {
  const said: string[] = [];
  const log = new FleetLog((line) => said.push(line));
  log.tell('joins', envoy('e', { zone: 'a' }), 'default/eg');
  log.tell('lags', envoy('e'), '');
  log.tell('leaves', envoy('', { envoy: '' }), '');
  log.tell('joins', envoy('x\nforged'), '');
  log.tell('joins', envoy('old'), '', ['no cookies', 'no shadows']);
  log.close();
  assert.deepEqual(said.slice(0, 3), [
    'e (default/eg, zone a, Envoy 1.40.0) joins',
    'e (all, Envoy 1.40.0) does not answer: it gets what is served when it does',
    'an Envoy without a name (all, Envoy ?) leaves',
  ]);
  assert.ok(!said[3]!.includes('\n'));
  assert.equal(said[4], 'old (all, Envoy 1.40.0) joins, and is too old: no cookies; no shadows');
});

test('the same refusal is said once, until the Envoy is gone or says another', () => {
  const said: string[] = [];
  const log = new FleetLog((line) => said.push(line));
  for (const reason of ['no', 'no', 'never']) log.tell('refuses', refusing(reason), '');
  log.tell('leaves', envoy('e'), '');
  log.tell('refuses', refusing('never'), '');
  log.close();
  assert.deepEqual(
    said.map((line) => line.split(') ')[1]),
    [
      'refuses the lds a/http: no',
      'refuses the lds a/http: never',
      'leaves',
      'refuses the lds a/http: never',
    ],
  );
});

test('of a thousand that come at once some are named, and the others counted', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const said: string[] = [];
  const log = new FleetLog((line) => said.push(line));
  for (let i = 0; i < 1_000; i++) log.tell('joins', envoy(`e${i}`), '');
  const named = said.length;
  assert.ok(named < 100, `${named}`);
  mock.timers.tick(10_000);
  assert.deepEqual(said.slice(named), [
    `${1_000 - named} more lines on Envoys are left out: \`loadstar status\` shows all`,
  ]);
  log.tell('joins', envoy('late'), '');
  assert.match(said.at(-1)!, /^late /);
  log.close();
  mock.timers.reset();
});
