/** Where the filter must not be given a table or a key: its own caps, and hosts that stand twice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filterPicks, selection } from '../../../host/filter/config.ts';
import * as limits from '../../../host/filter/limits.ts';
import type { HashKey, Locality, Pool } from '../../../host/plan/types.ts';
import { forward, host, maglev, plan, route } from '../envoy/plans.ts';

const at = (...endpoints: Locality['endpoints']): Locality => ({ weight: 1, priority: 0, endpoints });
const picks = (...localities: Locality[]): boolean => filterPicks(maglev('p', { localities }));

const sticky = { utilizationTarget: 0.8, loadBound: 2.5, maxHops: 2, metricNames: [] };
const stickyPool = (...localities: Locality[]): Pool =>
  maglev('p', {
    localities,
    balancer: { kind: 'maglev', tableSize: 65537, localityWeighted: false, sticky },
  });

test('a host that two backends have in common: only load by address cannot tell the two apart', () => {
  const loads = (...localities: Locality[]): boolean => filterPicks(stickyPool(...localities));
  const twice = [at(host('127.0.0.1', 1)), at(host('127.0.0.1', 1))];
  assert.equal(picks(...twice), true);
  assert.equal(loads(...twice), false);
  assert.equal(loads(at(host('127.0.0.1', 1)), at(host('127.0.0.1', 2))), true);
  assert.equal(loads(at(host('127.0.0.1', 1)), at(host('127.0.0.1', 1, { draining: true }))), true);
  assert.equal(loads(at(host('127.0.0.1', 1)), { ...at(host('127.0.0.1', 1)), priority: 1 }), true);
});

test('more hosts or localities than the filter takes', () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => host('127.0.0.1', i + 1));
  assert.equal(picks(at(...many(limits.MAX_HOSTS))), true);
  assert.equal(picks(at(...many(limits.MAX_HOSTS), host('127.0.0.2', 1))), false);
  const each = (count: number) => many(count).map((one) => at(one));
  assert.equal(picks(...each(limits.MAX_LOCALITIES)), true);
  assert.equal(picks(...each(limits.MAX_LOCALITIES + 1)), false);
  const why = (...localities: Locality[]) => limits.tableFault(maglev('p', { localities }));
  assert.equal(why(at(...many(limits.MAX_HOSTS), host('127.0.0.2', 1))), 'has more than 65535 hosts');
  assert.equal(why(...each(limits.MAX_LOCALITIES + 1)), 'has more than 1024 localities');
  assert.match(
    limits.tableFault(stickyPool(at(...many(2)), at(host('127.0.0.1', 2)))) ?? '',
    /^is sticky until hot and has the host 127\.0\.0\.1 port 2 in two/,
  );
  assert.equal(why(at(...many(2))), null);
});

const policiesOf = (pools: readonly Pool[], hash: HashKey[]): number => {
  const made = plan(
    pools.map(({ name }) => route(`/${name}`, forward([name], { hash }))),
    [...pools],
  );
  return selection(made.listeners[0]!, new Map(pools.map((p) => [p.name, p])))?.config.policies.length ?? 0;
};

test('keys that the filter cannot read', () => {
  const header: HashKey = { kind: 'header', name: 'x' };
  const on = (...hash: HashKey[]) => policiesOf([maglev('p')], hash) === 1;
  assert.ok(on(...new Array(limits.MAX_KEYS).fill(header)));
  assert.ok(!on(...new Array(limits.MAX_KEYS + 1).fill(header)));
  assert.ok(!on({ kind: 'header', name: 'x'.repeat(limits.MAX_CONFIG_NAME + 1) }));
  const cookie = (length: number): HashKey => ({
    kind: 'cookie',
    name: 'c',
    ttlMs: 0,
    attributes: [{ name: 'a'.repeat(length - '; HttpOnly'.length), value: '' }],
  });
  assert.ok(on(cookie(limits.MAX_CONFIG_NAME)));
  assert.ok(!on(cookie(limits.MAX_CONFIG_NAME + 1)));
});

test('the tables of one listener are counted', () => {
  const pools = Array.from({ length: limits.MAX_TABLES + 2 }, (_, i) =>
    maglev(`p${i}`, { localities: [at(host('127.0.0.1', i + 1))] }),
  );
  assert.equal(policiesOf(pools, [{ kind: 'source-ip' }]), limits.MAX_TABLES);
});
