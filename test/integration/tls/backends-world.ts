/** Backends with right and wrong certificates, and routes that call each of them over TLS. */
import assert from 'node:assert/strict';
import { type Backend, startBackends, stopAll } from '../../../demo/fakes/backend.ts';
import * as build from '../../../demo/fakes/manifests.ts';
import { authority, authorityMap, issue, tlsSecret } from '../../support/certificates.ts';
import { consistentHash, type Manifest, service } from '../../support/manifests.ts';
import { startTlsBackend, type TlsBackend } from '../../support/tls-backend.ts';

export const NAME = 'shop.internal';
const ca = authority('Backend CA');
const others = authority('Other CA');
const right = issue({ name: 'right', dnsNames: [NAME], issuer: ca });

const tlsPolicy = (name: string, kind: 'Service' | 'Backend', validation: Manifest = {}): Manifest => {
  const group = kind === 'Service' ? '' : 'gateway.envoyproxy.io';
  return build.backendTlsPolicy(name, { group, kind, name }, { hostname: NAME, ...validation });
};
type Host = Pick<TlsBackend, 'address' | 'port'>;
export const byService = (name: string, host: Host, validation?: Manifest): Manifest[] => [
  ...service(name, [host]),
  build.httpRoute(name, [build.rule(`/${name}`, { backendRefs: [build.ref(name)] })]),
  tlsPolicy(name, 'Service', validation),
];
export const byBackend = (name: string, host: Host, spec: Manifest, endpoint: Manifest = {}): Manifest[] => [
  build.backend(name, {
    endpoints: [{ ip: { address: host.address, port: host.port }, ...endpoint }],
    ...spec,
  }),
  build.httpRoute(name, [build.rule(`/${name}`, { backendRefs: [build.backendRef(name)] })]),
];
const caRefs = { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'ca' }] };

export interface Fakes {
  readonly at: (name: string) => TlsBackend;
  readonly plain: readonly Backend[];
  readonly hashed: readonly TlsBackend[];
  readonly loaded: readonly TlsBackend[];
  readonly stop: () => Promise<void>;
}

export async function startFakes(): Promise<Fakes> {
  const backends: Record<string, TlsBackend> = {};
  const hashed: TlsBackend[] = [];
  const loaded: TlsBackend[] = [];
  const at = (name: string): TlsBackend => {
    const found = backends[name];
    assert.ok(found !== undefined, name);
    return found;
  };
  const start = async (name: string, ...rest: Parameters<typeof startTlsBackend>) => {
    backends[name] = await startTlsBackend(...rest);
  };
  await start('right', '127.0.0.11', right);
  await start('wrong-ca', '127.0.0.12', issue({ name: 'x', dnsNames: [NAME], issuer: others }));
  await start('wrong-name', '127.0.0.13', issue({ name: NAME, dnsNames: ['else.internal'], issuer: ca }));
  await start('expired', '127.0.0.14', issue({ name: 'x', dnsNames: [NAME], issuer: ca, from: -9, to: -2 }));
  await start('wild', '127.0.0.15', issue({ name: 'wild', dnsNames: ['*.internal'], issuer: ca }));
  await start('uri', '127.0.0.16', issue({ name: 'uri', uris: ['spiffe://internal/shop'], issuer: ca }));
  await start('auto', '127.0.0.17', issue({ name: 'www', dnsNames: ['www.example.com'], issuer: ca }));
  await start('asks', '127.0.0.18', right, {
    requestCert: true,
    rejectUnauthorized: true,
    ca: ca.certificate,
  });
  await start('checked', '127.0.0.19', right);
  const plain = await startBackends(['127.0.0.20']);
  backends.plain = { ...at('right'), address: plain[0]!.address, port: plain[0]!.port };
  for (const address of ['127.0.0.21', '127.0.0.22', '127.0.0.23'])
    hashed.push(await startTlsBackend(address, right));
  for (const [address, load] of [
    ['127.0.0.24', '0.9'],
    ['127.0.0.25', '0.1'],
  ] as const)
    loaded.push(
      await startTlsBackend(address, right, { headers: { 'endpoint-load-metrics': `TEXT cpu=${load}` } }),
    );
  const stop = async () => {
    const own = Object.entries(backends).flatMap(([name, one]) => (name === 'plain' ? [] : [one]));
    await Promise.all([...own, ...hashed, ...loaded].map((one) => one.stop()));
    await stopAll(plain);
  };
  return { at, plain, hashed, loaded, stop };
}

export function manifests({ at, plain, hashed, loaded }: Fakes): Manifest[] {
  const list = (hosts: readonly TlsBackend[], name: string, tls: Manifest): Manifest[] => [
    build.backend(name, {
      endpoints: hosts.map(({ address, port }) => ({ ip: { address, port } })),
      tls,
    }),
    build.httpRoute(name, [build.rule(`/${name}`, { backendRefs: [build.backendRef(name)] })]),
  ];
  return [
    build.gatewayClass,
    build.gateway('eg', [build.listener('http', 8080)]),
    authorityMap('ca', ca),
    tlsSecret('client', issue({ name: 'envoy', dnsNames: ['envoy.internal'], issuer: ca })),
    ...['right', 'wrong-ca', 'wrong-name', 'expired', 'plain', 'wild'].flatMap((name) =>
      byService(name, at(name)),
    ),
    ...byService('uri', at('uri'), { subjectAltNames: [{ type: 'URI', uri: 'spiffe://internal/shop' }] }),
    ...byService('other-uri', at('right'), {
      subjectAltNames: [{ type: 'URI', uri: 'spiffe://internal/shop' }],
    }),
    ...byBackend('skip', at('wrong-ca'), { tls: { insecureSkipVerify: true, sni: 'any.internal' } }),
    ...byBackend('overruled', at('wrong-ca'), { tls: { insecureSkipVerify: true } }),
    tlsPolicy('overruled', 'Backend'),
    ...byBackend('auto', at('auto'), { tls: caRefs }),
    build.httpRoute('any-host', [build.rule('/any-host', { backendRefs: [build.backendRef('auto')] })], {
      hostnames: [],
    }),
    ...byBackend(
      'by-endpoint',
      at('right'),
      { tls: { ...caRefs, autoSNIFromEndpointHostname: true } },
      {
        hostname: NAME,
      },
    ),
    ...byBackend(
      'wrong-endpoint',
      at('right'),
      { tls: { ...caRefs, autoSNIFromEndpointHostname: true } },
      {
        hostname: 'else.internal',
      },
    ),
    ...byBackend('shows', at('asks'), {
      tls: { ...caRefs, sni: NAME, clientCertificateRef: { name: 'client' }, maxVersion: '1.2' },
    }),
    ...byBackend('hides', at('asks'), { tls: { ...caRefs, sni: NAME } }),
    ...byBackend('websocket', at('right'), {
      tls: { ...caRefs, sni: NAME },
      appProtocols: ['gateway.envoyproxy.io/wss'],
    }),
    ...byBackend('both', at('right'), { tls: { ...caRefs, sni: NAME } }),
    build.backend('clear', { endpoints: plain.map(({ address, port }) => ({ ip: { address, port } })) }),
    build.httpRoute('mixed', [
      build.rule('/mixed', { backendRefs: [build.backendRef('both'), build.backendRef('clear')] }),
    ]),
    ...list(hashed, 'hashed', { ...caRefs, sni: NAME }),
    build.policy(
      'hashed',
      [build.target('HTTPRoute', 'hashed')],
      consistentHash({ type: 'Header', header: { name: 'x-key' } }),
    ),
    ...list(loaded, 'loaded', { ...caRefs, sni: NAME }),
    build.policy('loaded', [build.target('HTTPRoute', 'loaded')], {
      loadBalancer: { type: 'BackendUtilization', backendUtilization: { blackoutPeriod: '1s' } },
    }),
    ...service('grpc', [at('right')]),
    build.grpcRoute('grpc', [
      { matches: [{ method: { service: 'shop.Cart' } }], backendRefs: [build.ref('grpc')] },
    ]),
    tlsPolicy('grpc', 'Service'),
    ...byBackend('checked', at('checked'), { tls: { ...caRefs, sni: NAME } }),
    build.policy('checked', [build.target('HTTPRoute', 'checked')], {
      healthCheck: {
        active: {
          type: 'HTTP',
          interval: '1s',
          timeout: '1s',
          http: { path: '/health', expectedStatuses: [200] },
        },
      },
    }),
  ];
}
