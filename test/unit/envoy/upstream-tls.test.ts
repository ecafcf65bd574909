/**
 * TLS to backends in Envoy's configuration: where whom to trust comes from, and which socket a host has.
 * Shapes are those of Envoy Gateway's own test data (backend-tls-settings, http-route-with-tlsbundle), but
 * for what is better here: no socket that verifies nothing, and no plain text where a host carries nothing.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeOld, writeCertificates } from '../../../host/cli/tls-files.ts';
import { bootstrap } from '../../../host/envoy/bootstrap.ts';
import { withoutSecrets } from '../../../host/envoy/checked.ts';
import { cluster } from '../../../host/envoy/cluster.ts';
import type { EnvoyOptions } from '../../../host/envoy/envoy-types.ts';
import { servedAuthority } from '../../../host/envoy/tls.ts';
import { backendCalls } from '../../../host/explain/backend-calls.ts';
import { planFilter } from '../../../host/filter/plan.ts';
import { changesBetween } from '../../../host/live/changes.ts';
import { configurationOf, liveOptions } from '../../../host/live/configuration.ts';
import type { Authority, BackendTls, Plan, Pool } from '../../../host/plan/types.ts';
import { encode } from '../../../host/xds/encode.ts';
import { authority, authorityMap } from '../../support/certificates.ts';
import { inFolder } from '../cli/run-cli.ts';
import { backendTlsPolicy, basics, httpRoute, world } from '../plan/world.ts';
import { host, plan, pool } from './plans.ts';

const options = { engine: 'native', wasm: '', admin: { address: '127.0.0.1', port: 0 } } as const;
const CA = 'ca/backend/default/b';
const tls = (over: Partial<BackendTls> = {}): BackendTls => ({
  sni: { kind: 'fixed', name: 'shop.internal' },
  trust: { kind: 'authority', name: CA, sources: ['ConfigMap default/ca'] },
  altNames: [{ type: 'DNS', value: 'shop.internal' }],
  parameters: { minVersion: '1.2', maxVersion: '1.3' },
  ...over,
});
const locality = (own: BackendTls | undefined, backend = 'Backend default/b') => ({
  region: 'r',
  weight: 1,
  priority: 0,
  backend,
  ...(own === undefined ? {} : { tls: own }),
  endpoints: [host('127.0.0.1')],
});
const emitted = (
  kinds: readonly (BackendTls | undefined)[],
  over: Partial<Pool> = {},
  more: Partial<EnvoyOptions> = {},
  authorities?: ReadonlyMap<string, string>,
) =>
  JSON.parse(
    JSON.stringify(
      cluster(
        pool('p', { localities: kinds.map((one) => locality(one)), protocol: 'auto', ...over }),
        { ...options, live: true, ...more },
        planFilter(plan([], []), 'native'),
        authorities,
      ),
    ),
  );
const common = (made: { transport_socket: { typed_config: { common_tls_context: object } } }) =>
  made.transport_socket.typed_config.common_tls_context;
const BY_ADS = { ads: {}, initial_fetch_timeout: '0s', resource_api_version: 'V3' };

test('one way for all: one socket, the authority by name, the names beside it, and the protocol by ALPN', () => {
  const made = emitted([tls({ certificate: 'default/client' })]);
  assert.deepEqual(made.transport_socket, {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
      common_tls_context: {
        tls_params: { tls_minimum_protocol_version: 'TLSv1_2', tls_maximum_protocol_version: 'TLSv1_3' },
        combined_validation_context: {
          default_validation_context: {
            match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: 'shop.internal' } }],
          },
          validation_context_sds_secret_config: { name: CA, sds_config: BY_ADS },
        },
        tls_certificate_sds_secret_configs: [{ name: 'default/client', sds_config: BY_ADS }],
      },
      sni: 'shop.internal',
    },
  });
  assert.equal(made.transport_socket_matches, undefined);
  assert.equal(made.load_assignment.endpoints[0].lb_endpoints[0].metadata, undefined);
  const [protocols] = Object.values<{ auto_config: object; upstream_http_protocol_options?: object }>(
    made.typed_extension_protocol_options,
  );
  assert.deepEqual(Object.keys(protocols?.auto_config ?? {}), [
    'http_protocol_options',
    'http2_protocol_options',
  ]);
  assert.equal(protocols?.upstream_http_protocol_options, undefined);
});

test('the name of the request or of the endpoint is verified by Envoy itself', () => {
  const request = emitted([tls({ sni: { kind: 'request' }, altNames: [] })]);
  assert.equal(request.transport_socket.typed_config.auto_sni_san_validation, true);
  const [protocols] = Object.values<{ upstream_http_protocol_options?: object }>(
    request.typed_extension_protocol_options,
  );
  assert.deepEqual(protocols?.upstream_http_protocol_options, { auto_sni: true });
  const endpoint = emitted([tls({ sni: { kind: 'endpoint' }, altNames: [] })]).transport_socket.typed_config;
  assert.deepEqual([endpoint.auto_host_sni, endpoint.auto_sni_san_validation], [true, true]);
});

test('whom to trust: by name, in the configuration, of the system, anyone', () => {
  const file = emitted([tls()], {}, { live: undefined, tlsFolder: '/keys' });
  assert.deepEqual(
    (common(file) as { combined_validation_context: { validation_context_sds_secret_config: object } })
      .combined_validation_context.validation_context_sds_secret_config,
    {
      name: CA,
      sds_config: {
        path_config_source: {
          path: '/keys/ca_backend_default_b.sds.yaml',
          watched_directory: { path: '/keys' },
        },
        resource_api_version: 'V3',
      },
    },
  );
  const names = { match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: 'shop.internal' } }] };
  const parameters = common(emitted([tls({ trust: { kind: 'anyone' }, altNames: [] })]));
  assert.deepEqual(Object.keys(parameters), ['tls_params']);
  const inline = emitted([tls()], {}, { live: undefined }, new Map([[CA, 'PEM']]));
  assert.deepEqual(common(inline), {
    ...parameters,
    validation_context: { trusted_ca: { inline_string: 'PEM' }, ...names },
  });
  assert.deepEqual(common(emitted([tls({ trust: { kind: 'system' } })])), {
    ...parameters,
    validation_context: { trusted_ca: { filename: '/etc/ssl/certs/ca-certificates.crt' }, ...names },
  });
});

test('several ways: a socket by what a host carries, and TLS for a host that carries nothing', () => {
  const other = tls({ trust: { kind: 'anyone' }, altNames: [] });
  const one = tls();
  const made = emitted([undefined, one, other, one], { protocol: 'http1' });
  assert.deepEqual(
    made.transport_socket_matches.map(
      (match: { name: string; match: object; transport_socket: { name: string } }) => [
        match.name,
        match.match,
        match.transport_socket.name,
      ],
    ),
    [
      ['p/plain/0', { name: 'p/plain/0' }, 'envoy.transport_sockets.raw_buffer'],
      ['p/tls/1', { name: 'p/tls/1' }, 'envoy.transport_sockets.tls'],
      ['p/tls/2', { name: 'p/tls/2' }, 'envoy.transport_sockets.tls'],
    ],
  );
  assert.deepEqual(made.transport_socket, made.transport_socket_matches[1].transport_socket);
  assert.deepEqual(
    made.load_assignment.endpoints.map(
      ({ lb_endpoints: [first] }: { lb_endpoints: { metadata: { filter_metadata: object } }[] }) =>
        first?.metadata.filter_metadata,
    ),
    ['p/plain/0', 'p/tls/1', 'p/tls/2', 'p/tls/1'].map((name) => ({
      'envoy.transport_socket_match': { name },
    })),
  );
});

test('gRPC health checks agree on HTTP/2 over TLS', () => {
  const healthCheck: Pool['healthCheck'] = {
    timeoutMs: 1000,
    intervalMs: 1000,
    unhealthyThreshold: 1,
    healthyThreshold: 1,
    hostNamed: false,
    check: { kind: 'grpc' },
  };
  assert.deepEqual(emitted([tls()], { healthCheck }).health_checks[0].tls_options, {
    alpn_protocols: ['h2'],
  });
  assert.equal(
    emitted([undefined], { healthCheck, protocol: 'http2' }).health_checks[0].tls_options,
    undefined,
  );
});

const ca = authority('First CA');
const policyOf = (hostname: string) =>
  backendTlsPolicy('p', { group: '', kind: 'Service', name: 'backend' }, { hostname });
const planWith = (name = 'shop.internal', one = ca): Plan =>
  world(...basics, httpRoute('r'), policyOf(name), authorityMap('ca', one)).plan;

test('authorities are served by name; Envoy can check the rest without them', () => {
  const made = planWith();
  const { resources, bootstrap: checked } = configurationOf(made, liveOptions(options));
  const [first] = made.authorities as [Authority];
  assert.deepEqual(resources.sds.get('ca/backendtlspolicy/default/p'), servedAuthority(first));
  const encoded = encode(resources).resources.sds.get(first.name);
  assert.ok(Buffer.from(encoded?.any.value ?? []).includes(ca.certificate.split('\n')[1]!));
  const text = JSON.stringify(checked);
  assert.ok(text.includes('UpstreamTlsContext') && !text.includes('sds_config'));
  assert.deepEqual(withoutSecrets(bootstrap(planWith(), { ...options, live: true })).admin, checked.admin);
});

test('a change of an authority, and of how a pool is called, is told', () => {
  const named = (plan: Plan) => configurationOf(plan, liveOptions(options)).named;
  const renewed = changesBetween(named(planWith()), named(planWith(undefined, authority('Next CA'))));
  assert.deepEqual(renewed, ['authority in ConfigMap default/ca renewed']);
  const [changed, ...more] = changesBetween(named(planWith()), named(planWith('other.internal')));
  assert.match(changed ?? '', /^pool .* replaced by one with 2 hosts, TLS changed$/);
  assert.deepEqual(more, ['HTTPRoute default/r: routes changed']);
});

test('files of authorities: written, and removed from an own folder when nothing refers to them', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'tls');
    writeCertificates({ path, own: false }, planWith());
    assert.deepEqual(readdirSync(path), ['ca_backendtlspolicy_default_p.sds.yaml']);
    const [file] = readdirSync(path) as [string];
    assert.ok(readFileSync(join(path, file), 'utf8').includes(ca.certificate.split('\n')[1]!));
    const none = { certificates: [], authorities: [], listeners: [] };
    removeOld({ path, own: false }, none);
    assert.equal(readdirSync(path).length, 1);
    removeOld({ path, own: true }, none);
    assert.deepEqual(readdirSync(path), []);
  }));

test('how a pool is called, in words', () => {
  const words = (...kinds: (BackendTls | undefined)[]) =>
    backendCalls({ localities: kinds.map((one, i) => locality(one, `Backend default/${i}`)) }).map(
      ({ backend, how }) => (backend === undefined ? how : `${backend}: ${how}`),
    );
  assert.deepEqual(words(undefined), []);
  assert.deepEqual(words(tls()), ['over TLS, SNI shop.internal, verified by ConfigMap default/ca']);
  const names = [{ type: 'URI', value: 'spiffe://a/b' } as const];
  assert.deepEqual(
    words(
      undefined,
      tls({ trust: { kind: 'system' }, altNames: names, certificate: 'default/c' }),
      tls({ trust: { kind: 'anyone' }, sni: { kind: 'request' }, altNames: [] }),
      tls({ sni: { kind: 'endpoint' }, altNames: [] }),
    ),
    [
      'Backend default/0: in plain text',
      'Backend default/1: over TLS, SNI shop.internal, verified by the authorities of the system, for spiffe://a/b, showing certificate default/c',
      "Backend default/2: over TLS, SNI the request's host, not verified",
      "Backend default/3: over TLS, SNI the endpoint's hostname, verified by ConfigMap default/ca",
    ],
  );
});
