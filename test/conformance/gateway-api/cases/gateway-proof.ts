/** `spec.tls.backend` of a Gateway: what is shown to backends over TLS. */
import { ask, gateway, listener, type Manifest, ref, route, rule, type Trial } from '../words.ts';

const extended = ['GatewayBackendClientCertificate', 'BackendTLSPolicy'];
const showing = (name: string, clientCertificateRef: Manifest): Manifest =>
  gateway(name, [listener('http', 80)], { tls: { backend: { clientCertificateRef } } });
const SECRET = { group: '', kind: 'Secret' };

const BROKEN: Readonly<Record<string, readonly [Manifest, reason: string]>> = {
  missing: [{ ...SECRET, name: 'not-there' }, 'InvalidClientCertificateRef'],
  group: [{ ...SECRET, group: 'wrong.example', name: 'served' }, 'InvalidClientCertificateRef'],
  kind: [{ ...SECRET, kind: 'Odd', name: 'served' }, 'InvalidClientCertificateRef'],
  malformed: [{ ...SECRET, name: 'hollow' }, 'InvalidClientCertificateRef'],
  denied: [{ ...SECRET, name: 'served', namespace: 'web' }, 'RefNotPermitted'],
};

export const gatewayProof: readonly Trial[] = [
  {
    name: 'GatewayTLSBackendClientCertificate',
    extended,
    manifests: [
      showing('showing', { ...SECRET, name: 'proof' }),
      gateway('bare', [listener('http', 80)]),
      route('asked', [rule({ path: { type: 'Exact', value: '/' } }, [ref('locked-asking', { port: 443 })])], {
        parentRefs: [{ name: 'showing' }, { name: 'bare' }],
        hostnames: ['shop.test'],
      }),
      {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'BackendTLSPolicy',
        metadata: { name: 'asked', namespace: 'stage' },
        spec: {
          targetRefs: [{ group: '', kind: 'Service', name: 'locked-asking' }],
          validation: {
            caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'authority' }],
            hostname: 'locked.test',
          },
        },
      },
    ],
    asks: [
      ask('/', 'locked-asking', {
        gateway: 'showing',
        host: 'shop.test',
        answers: { headers: { 'x-client': 'proof' } },
      }),
      // Ours: a Gateway without one is refused by the backend.
      ask('/', 503, { gateway: 'bare', host: 'shop.test' }),
    ],
    states: {
      'Gateway showing': ['ResolvedRefs=True ResolvedRefs'],
      'BackendTLSPolicy asked': ['Accepted=True Accepted'],
    },
  },
  {
    name: 'GatewayInvalidTLSBackendConfiguration',
    extended,
    manifests: [
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'hollow', namespace: 'stage' },
        type: 'Opaque',
        data: {},
      },
      ...Object.entries(BROKEN).map(([name, [ref]]) => showing(name, ref)),
    ],
    states: Object.fromEntries(
      Object.entries(BROKEN).map(([name, [, reason]]) => [
        `Gateway ${name}`,
        [`ResolvedRefs=False ${reason}`, 'Accepted=True Accepted'],
      ]),
    ),
  },
];
