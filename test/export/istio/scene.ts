/**
 * Manifests as a cluster with Istio has them: the Gateway's pod is this machine, a Service the fake backends.
 */
import type { Backend } from '../../../demo/fakes/backend.ts';

export const GATEWAY_PORT = 18580;

const slice = (service: string, addresses: readonly string[], port: number, extra = '') => `---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: ${service}-1, namespace: default, labels: {kubernetes.io/service-name: ${service}}}
addressType: IPv4
ports: [{name: http, port: ${port}, protocol: TCP}]
endpoints:
${addresses.map((address) => `- {addresses: [${address}], conditions: {ready: true}${extra}}`).join('\n')}
`;

const gateway = `apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: istio}
spec: {controllerName: istio.io/gateway-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: eg, namespace: default}
spec:
  gatewayClassName: istio
  listeners: [{name: http, protocol: HTTP, port: ${GATEWAY_PORT}}]
`;

/** What Istio itself makes for a Gateway. */
export const gatewayPod = `apiVersion: v1
kind: Service
metadata: {name: eg-istio, namespace: default, labels: {gateway.networking.k8s.io/gateway-name: eg}}
spec:
  clusterIP: 10.96.0.10
  selector: {gateway.networking.k8s.io/gateway-name: eg}
  ports: [{name: http, port: ${GATEWAY_PORT}, targetPort: ${GATEWAY_PORT}, protocol: TCP}]
---
apiVersion: v1
kind: Pod
metadata: {name: gw-1, namespace: default, labels: {gateway.networking.k8s.io/gateway-name: eg}}
spec: {nodeName: n1, serviceAccountName: gw}
status: {podIP: 127.0.0.1, podIPs: [{ip: 127.0.0.1}], phase: Running, conditions: [{type: Ready, status: "True"}]}
${slice('eg-istio', ['127.0.0.1'], GATEWAY_PORT, ', targetRef: {kind: Pod, name: gw-1, namespace: default}')}`;

/** @param fields Of the Service's port. */
export const service = (name: string, hosts: readonly Backend[], fields = ''): string => `---
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: default}
spec:
  clusterIP: 10.96.1.${name.length}
  ports: [{name: http, port: 3000, targetPort: ${hosts[0]?.port}, protocol: TCP${fields}}]
${slice(
  name,
  hosts.map(({ address }) => address),
  hosts[0]?.port ?? 0,
)}`;

export interface Scene {
  readonly services: string;
  /** With their weights. */
  readonly refs: readonly (readonly [string, number])[];
  /** Lines of the policy's spec. */
  readonly policy: string;
}

export const scene = ({ services, refs, policy }: Scene): string => `${gateway}${services}---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: app, namespace: default}
spec:
  parentRefs: [{name: eg}]
  hostnames: [www.example.com]
  rules:
  - backendRefs: [${refs.map(([name, weight]) => `{name: ${name}, port: 3000, weight: ${weight}}`).join(', ')}]
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata: {name: policy, namespace: default}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: app}]
${policy}
`;
