/**
 * What check calls good, a real Envoy takes: inputs that once passed and kept Envoy from starting. check,
 * translate and run say the same of each.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Bootstrap } from '../support/envoy.ts';
import {
  consistentHash,
  gateway,
  httpRoute,
  type Manifest,
  policy,
  render,
  service,
} from '../support/manifests.ts';
import { cli } from '../support/translate.ts';
import { envoyRefuses } from '../support/validate.ts';

const host = { address: '127.0.0.1', port: 18_081 };
const base = [...gateway(), ...service('backend', [host]), httpRoute({ name: 'r' })];
const backend = (name: string, ...addresses: string[]): Manifest => ({
  apiVersion: 'gateway.envoyproxy.io/v1alpha1',
  kind: 'Backend',
  metadata: { name, namespace: 'default' },
  spec: { endpoints: addresses.map((address) => ({ ip: { address, port: 18_081 } })) },
});
const rule = (rest: Manifest): Manifest => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'r', namespace: 'default' },
  spec: {
    parentRefs: [{ name: 'eg' }],
    rules: [{ backendRefs: [{ name: 'backend', port: 3000 }], ...rest }],
  },
});
const setting = (value: string): Manifest =>
  rule({
    filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-a', value }] } }],
  });
const group = 'gateway.envoyproxy.io';
const query = consistentHash({ type: 'QueryParams', queryParams: [{ name: '\u20ac'.repeat(2_000) }] });
const metrics = (names: readonly string[]): Manifest => ({
  loadBalancer: {
    type: 'BackendUtilization',
    backendUtilization: { metricNamesForComputingUtilization: names },
  },
});
const checking = (method: string): Manifest => ({
  healthCheck: { active: { type: 'HTTP', http: { path: '/', method } } },
});

/** The input, and whether it is good. */
const cases: readonly [string, Manifest[], boolean][] = [
  [
    'one host in two spellings',
    [
      ...base.slice(0, -1),
      backend('a', '::1'),
      backend('b', '0:0:0:0:0:0:0:1'),
      rule({ backendRefs: ['a', 'b'].map((name) => ({ group, kind: 'Backend', name })) }),
      policy('r', consistentHash({ type: 'SourceIP' })),
    ],
    true,
  ],
  ['a name that is too long in bytes', [...base, policy('r', query)], true],
  [
    '32 metric names',
    [...base, policy('r', metrics(Array.from({ length: 32 }, (_, i) => `named_metrics.m${i}`)))],
    true,
  ],
  [
    '33 metric names',
    [...base, policy('r', metrics(Array.from({ length: 33 }, (_, i) => `named_metrics.m${i}`)))],
    false,
  ],
  ['an empty metric name', [...base, policy('r', metrics(['']))], false],
  ['a health check by HEAD', [...base, policy('r', checking('HEAD'))], true],
  ['a health check by CONNECT', [...base, policy('r', checking('CONNECT'))], false],
  ...['%REQ(a:b)%', '%REQ(:)%', '%REQ(X?:)%', '%REQ(X):99999999999999999999%', '%REQ(x)%'].map(
    (value): [string, Manifest[], boolean] => [
      `the header value ${value}`,
      [...base.slice(0, -1), setting(value)],
      true,
    ],
  ),
  [
    'half of a surrogate pair',
    [...base.slice(0, -1), rule({ matches: [{ path: { type: 'Exact', value: '/\ud800' } }] })],
    false,
  ],
];
for (const [what, manifests, good] of cases) {
  test(`${what} is ${good ? 'good, and Envoy takes it' : 'refused by all commands'}`, async () => {
    const text = render(manifests);
    const run = (command: string, ...more: string[]) => cli([command, '-f', '-', ...more], text);
    const check = await run('check');
    const translate = await run('translate', '--format', 'json');
    const code = good ? 0 : 1;
    assert.deepEqual([check.code, translate.code], [code, code], check.stderr);
    if (good) assert.equal(await envoyRefuses(JSON.parse(translate.stdout) as Bootstrap), undefined);
    else assert.equal((await run('run')).code, 1);
  });
}

test('run refuses what check refuses, in the same words', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-verdict-'));
  const file = join(folder, 'in.yaml');
  try {
    writeFileSync(file, render([...base, policy('r', checking('CONNECT'))]));
    const said = await Promise.all(
      ['check', 'translate', 'run'].map((command) => cli([command, '-f', file])),
    );
    for (const { code, stderr } of said) {
      assert.equal(code, 1);
      assert.match(stderr, /method must be one of GET, .*, not "CONNECT"/);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
