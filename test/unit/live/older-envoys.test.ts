/** What an Envoy of an older version gets in the place of what it does not know, and what is said of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configurationOf } from '../../../host/live/configuration.ts';
import { suitsOlder } from '../../../host/live/older-envoys.ts';
import { encode, type Snapshot } from '../../../host/xds/encode.ts';
import type { Kind } from '../../../host/xds/registry.ts';
import { liveFilterOptions } from '../../support/engine-options.ts';
import {
  basics,
  httpRoute,
  lb,
  type Manifest,
  policy,
  ref,
  rule,
  service,
  slice,
  target,
  world,
} from '../plan/world.ts';

const served = (rules: Manifest[], ...more: (Manifest | Manifest[])[]): Snapshot => {
  const other = [service('other'), slice('other-1', 'other', ['10.0.1.1'])];
  const { plan } = world(...basics, ...other, httpRoute('r', rules), ...more);
  return encode(configurationOf(plan, liveFilterOptions()).resources);
};
const onRoute = (spec: Manifest) => policy('p', [target('HTTPRoute', 'r')], spec);
const local = (more: Manifest) =>
  onRoute({ rateLimit: { local: { rules: [{ limit: { requests: 1, unit: 'Hour' }, ...more }] } } });
const text = ({ resources }: Snapshot, kind: Kind) =>
  JSON.stringify([...resources[kind].values()].map(({ resource }) => resource));
const split = { backendRefs: [ref('backend', { weight: 1 }), ref('other', { weight: 2 })] };
const byCookie = {
  apiVersion: 'gateway.envoyproxy.io/v1alpha1',
  kind: 'HTTPRouteFilter',
  metadata: { name: 'canary', namespace: 'default' },
  spec: { matches: [{ cookies: [{ name: 'canary', value: 'yes' }] }] },
};
const withCookie = {
  filters: [
    {
      type: 'ExtensionRef',
      extensionRef: { group: 'gateway.envoyproxy.io', kind: 'HTTPRouteFilter', name: 'canary' },
    },
  ],
};
const suit = suitsOlder();

interface Case {
  readonly what: RegExp;
  readonly snapshot: Snapshot;
  readonly kind: 'cds' | 'rds';
  /** Text of what is new; gone for an older one, unless that passes over it anyway. */
  readonly gone?: string;
  readonly instead?: RegExp;
  readonly before: string;
  readonly since: string;
}
const cases: Record<string, Case> = {
  'weights under BackendUtilization': {
    what: /^weights of backends under BackendUtilization .* come with 1\.37\.0: .* by the weights alone/,
    snapshot: served([rule('/a', split)], onRoute(lb('BackendUtilization', { backendUtilization: {} }))),
    ...{ kind: 'cds', gone: 'wrr_locality', before: '1.36.9', since: '1.37.0' },
    instead: /"envoy\.load_balancing_policies\.round_robin".*"locality_weighted_lb_config":\{\}/,
  },
  'a match by cookie': {
    what: /^matches by cookie .*: these rules are left out/,
    snapshot: served([rule('/a', withCookie), rule('/b')], byCookie),
    ...{ kind: 'rds', gone: '"/a"', before: '1.36.4', since: '1.37.0' },
    instead: /"path_separated_prefix":"\/b"/,
  },
  'a limit of a range of addresses': {
    what: /^rate limits by ranges of addresses .* come with 1\.38\.0: these routes answer 500$/,
    snapshot: served(
      [rule('/a')],
      local({ clientSelectors: [{ sourceCIDR: { type: 'Exact', value: '10.0.0.0/8' } }] }),
    ),
    ...{ kind: 'rds', gone: 'typed_per_filter_config', before: '1.37.3', since: '1.38.0' },
    instead: /"path_separated_prefix":"\/a"\},"direct_response":\{"status":500\}/,
  },
  'an override by the source of an answer': {
    what: /^overrides of answers by their source .*: these answers are sent as they come$/,
    snapshot: served(
      [rule('/a')],
      onRoute({
        responseOverride: [
          {
            match: { statusCodes: [{ type: 'Value', value: 503 }] },
            source: 'Local',
            response: { body: { type: 'Inline', inline: 'closed' } },
          },
        ],
      }),
    ),
    ...{ kind: 'rds', gone: 'custom_response', before: '1.37.9', since: '1.38.0' },
    instead: /"path_separated_prefix":"\/a"\}.*"route":/,
  },
  'a port of load reports': {
    what: /^port and authority of out-of-band load reports .* come with 1\.39\.0: /,
    snapshot: served(
      [rule('/a')],
      onRoute(lb('BackendUtilization', { backendUtilization: { outOfBand: { port: 9000 } } })),
    ),
    ...{ kind: 'cds', before: '1.38.3', since: '1.39.0' },
  },
  'a limit in shadow mode': {
    what: /^rate limits in shadow mode .*: these limits count nothing$/,
    snapshot: served([rule('/a')], local({ clientSelectors: [{ path: { value: '/' } }], shadowMode: true })),
    ...{ kind: 'rds', gone: 'shadow_mode', before: '1.37.0', since: '1.40.0' },
    instead: /"max_tokens":4294967295/,
  },
};

for (const [name, { what, snapshot, kind, gone, instead, before, since }] of Object.entries(cases))
  test(`${name}: an Envoy before it gets another form, and is told of; a later one gets all`, () => {
    const old = suit(snapshot, before);
    assert.match(old.lacks.join('\n'), what);
    assert.equal(old.lacks.length, 1);
    if (gone === undefined) assert.equal(text(old.snapshot, kind), text(snapshot, kind));
    else {
      assert.ok(text(snapshot, kind).includes(gone), 'it is there');
      assert.ok(!text(old.snapshot, kind).includes(gone), text(old.snapshot, kind));
    }
    if (instead !== undefined) assert.match(text(old.snapshot, kind), instead);
    assert.equal(old.snapshot.version, snapshot.version, 'it is of the same version');
    for (const each of ['cds', 'rds', 'lds', 'eds', 'ecds', 'sds'] as const)
      assert.deepEqual([...old.snapshot.resources[each].keys()], [...snapshot.resources[each].keys()]);
    for (const good of [since, '1.41.0', '2.0.0', '']) {
      assert.equal(suit(snapshot, good).snapshot, snapshot, good);
      assert.deepEqual(suit(snapshot, good).lacks, []);
    }
  });

test('what needs nothing new is the very same for all; what differs is made once', () => {
  const plain = served([rule('/a')]);
  assert.equal(suit(plain, '1.36.4').snapshot, plain);
  const { snapshot } = cases['a limit in shadow mode']!;
  assert.equal(suit(snapshot, '1.36.0').snapshot, suit(snapshot, '1.36.4').snapshot);
  const [table] = [...suit(snapshot, '1.37.0').snapshot.resources.rds.values()];
  const [served1] = [...snapshot.resources.rds.values()];
  assert.notEqual(table!.version, served1!.version, 'an Envoy that becomes newer gets the other form');
});

test('users and keys in a table that is rewritten stay what they are, and hidden', () => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'keys', namespace: 'default' },
    stringData: { one: 'sesame' },
  };
  const security = {
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind: 'SecurityPolicy',
    metadata: { name: 's', namespace: 'default' },
    spec: {
      targetRefs: [target('HTTPRoute', 'r')],
      apiKeyAuth: { credentialRefs: [{ name: 'keys' }], extractFrom: [{ headers: ['x-key'] }] },
    },
  };
  const shadowed = local({ clientSelectors: [{ path: { value: '/' } }], shadowMode: true });
  const snapshot = served([rule('/a')], secret, security, shadowed);
  const keysIn = ({ resources }: Snapshot) =>
    [...resources.rds.values()].some(({ any }) => Buffer.from(any.value).includes('sesame'));
  assert.ok(keysIn(snapshot));
  const { snapshot: old } = suit(snapshot, '1.37.0');
  assert.ok(keysIn(old));
  assert.ok(!text(old, 'rds').includes('sesame') && !text(old, 'rds').includes('shadow_mode'));
});
