/** Who the proxies are, as an Envoy of the group is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOCAL_CLUSTER } from '../../../host/envoy/zones.ts';
import { connected } from '../../../host/xds/envoy-status.ts';
import { proxiesOf } from '../../../host/xds/proxies.ts';

test('an Envoy counts once in its zone, by its name; one without a zone does not', () => {
  const names = ['a one', 'a one', 'b two', 'a three', ' four', 'a one'];
  const envoys = names.map((name) => {
    const [zone = '', id = ''] = name.split(' ');
    return { ...connected(new Date()), id, zone };
  });
  const { resource } = proxiesOf(envoys).resources.eds.get(LOCAL_CLUSTER)!;
  const { endpoints } = resource as {
    endpoints: { locality: { zone: string }; lb_endpoints: { endpoint: object }[] }[];
  };
  assert.deepEqual(
    endpoints.map(({ locality, lb_endpoints }) => [locality.zone, lb_endpoints.length]),
    [
      ['a', 2],
      ['b', 1],
    ],
  );
});
