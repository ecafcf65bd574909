/** Manifests with every namespace explicit, as egctl wants them. */
import type { Backend } from '../../demo/fakes/backend.ts';
import type { Issued } from '../support/certificates.ts';

const POLICIES = {
  utilization:
    'type: BackendUtilization\n    backendUtilization: {blackoutPeriod: 1s, weightUpdatePeriod: 500ms}',
  header: 'type: ConsistentHash\n    consistentHash: {type: Header, header: {name: x-key}}',
  sticky: 'type: ConsistentHash\n    consistentHash: {type: Header, header: {name: x-key}}',
  weights: 'type: ConsistentHash\n    consistentHash: {type: Header, header: {name: x-key}, tableSize: 1009}',
} as const;

const backend = (name: string, hosts: readonly Backend[]): string => `---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: {name: ${name}, namespace: default}
spec:
  endpoints: [${hosts.map(({ address, port }) => `{ip: {address: ${address}, port: ${port}}}`).join(', ')}]
`;

const HTTPS =
  '{name: https, protocol: HTTPS, port: 8443, hostname: www.example.com, tls: {certificateRefs: [{name: shown}]}}';

const secret = ({ certificate, key }: Issued): string => `---
apiVersion: v1
kind: Secret
metadata: {name: shown, namespace: default}
type: kubernetes.io/tls
data:
  tls.crt: ${Buffer.from(certificate).toString('base64')}
  tls.key: ${Buffer.from(key).toString('base64')}
`;

/**
 * Of kind `weights`: the first two hosts have weight 9, the others 1.
 * @param shown Its listener has TLS, and this certificate.
 */
export function manifests(hosts: readonly Backend[], kind: keyof typeof POLICIES, shown?: Issued): string {
  const split = kind === 'weights';
  const ref = (name: string, weight: number) =>
    `{group: gateway.envoyproxy.io, kind: Backend, name: ${name}, weight: ${weight}}`;
  return `apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: eg}
spec: {controllerName: gateway.envoyproxy.io/gatewayclass-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: eg, namespace: default}
spec:
  gatewayClassName: eg
  listeners: [${shown === undefined ? '{name: http, protocol: HTTP, port: 8080}' : HTTPS}]
${shown === undefined ? '' : secret(shown)}${split ? backend('a', hosts.slice(0, 2)) + backend('b', hosts.slice(2)) : backend('a', hosts)}---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: app, namespace: default}
spec:
  parentRefs: [{name: eg}]
  hostnames: [www.example.com]
  rules:
  - backendRefs: [${split ? `${ref('a', 9)}, ${ref('b', 1)}` : ref('a', 1)}]
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata:
  name: policy
  namespace: default
${kind === 'sticky' ? '  annotations: {loadstar/utilization-target: "0.5"}\n' : ''}spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: app}]
  loadBalancer:
    ${POLICIES[kind]}
`;
}
