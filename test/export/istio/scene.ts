/**
 * Manifests as a cluster with Istio has them: the Gateway's pod is this machine, a Service the fake backends.
 */
import type { Backend } from '../../../demo/fakes/backend.ts';

const PORTS: readonly number[] = [18580];

/** Of a listener and of the pod that serves it. */
const nameOf = (port: number) => `http-${port}`;

const slice = (
  service: string,
  addresses: readonly string[],
  ports: readonly (readonly [name: string, port: number])[],
  extra = '',
) => `apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: ${service}-1, namespace: default, labels: {kubernetes.io/service-name: ${service}}}
addressType: IPv4
ports: [${ports.map(([name, port]) => `{name: ${name}, port: ${port}, protocol: TCP}`).join(', ')}]
endpoints:
${addresses.map((address) => `- {addresses: [${address}], conditions: {ready: true}${extra}}`).join('\n')}
`;

const gateway = (ports: readonly number[]) => `apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: istio}
spec: {controllerName: istio.io/gateway-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: eg, namespace: default}
spec:
  gatewayClassName: istio
  listeners: [${ports.map((port) => `{name: ${nameOf(port)}, protocol: HTTP, port: ${port}}`).join(', ')}]
`;

/** What Istio itself makes for a Gateway. */
export const gatewayPod = (ports = PORTS): string => `apiVersion: v1
kind: Service
metadata: {name: eg-istio, namespace: default, labels: {gateway.networking.k8s.io/gateway-name: eg}}
spec:
  clusterIP: 10.96.0.10
  selector: {gateway.networking.k8s.io/gateway-name: eg}
  ports:
${ports.map((port) => `  - {name: ${nameOf(port)}, port: ${port}, targetPort: ${port}, protocol: TCP}`).join('\n')}
---
apiVersion: v1
kind: Pod
metadata: {name: gw-1, namespace: default, labels: {gateway.networking.k8s.io/gateway-name: eg}}
spec: {nodeName: n1, serviceAccountName: gw}
status: {podIP: 127.0.0.1, podIPs: [{ip: 127.0.0.1}], phase: Running, conditions: [{type: Ready, status: "True"}]}
---
${slice(
  'eg-istio',
  ['127.0.0.1'],
  ports.map((port) => [nameOf(port), port]),
  ', targetRef: {kind: Pod, name: gw-1, namespace: default}',
)}`;

/** The hosts of a Service. */
export const endpoints = (service: string, hosts: readonly Backend[]): string =>
  slice(
    service,
    hosts.map(({ address }) => address),
    [['http', hosts[0]?.port ?? 0]],
  );

/** @param fields Of the Service's port. */
export const service = (name: string, hosts: readonly Backend[], fields = ''): string => `---
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: default}
spec:
  clusterIP: 10.96.1.${name.length}
  ports: [{name: http, port: 3000, targetPort: ${hosts[0]?.port}, protocol: TCP${fields}}]
---
${endpoints(name, hosts)}`;

export interface Balanced {
  /** Services with their weights. */
  readonly refs: readonly (readonly [string, number])[];
  /** Lines of the policy's spec. */
  readonly policy: string;
  readonly annotations?: string;
  /** Of the route; default HTTPRoute. */
  readonly kind?: string;
}

/** A route, and the policy for it. */
export const balanced = (
  name: string,
  hostname: string,
  { refs, policy, annotations = '', kind = 'HTTPRoute' }: Balanced,
): string => `---
apiVersion: gateway.networking.k8s.io/v1
kind: ${kind}
metadata: {name: ${name}, namespace: default}
spec:
  parentRefs: [{name: eg}]
  hostnames: [${hostname}]
  rules:
  - backendRefs: [${refs.map(([to, weight]) => `{name: ${to}, port: 3000, weight: ${weight}}`).join(', ')}]
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata: {name: ${name}, namespace: default, annotations: {${annotations}}}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: ${kind}, name: ${name}}]
${policy}
`;

export interface Scene extends Balanced {
  readonly services: string;
  readonly ports?: readonly number[];
}

export const scene = ({ services, ports = PORTS, ...route }: Scene): string =>
  `${gateway(ports)}${services}${balanced('app', 'www.example.com', route)}`;
