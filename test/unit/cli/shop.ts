/** A small shop: one Gateway, one route, one sticky policy, two hosts. */
export const shop = `apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: eg}
spec: {controllerName: gateway.envoyproxy.io/gatewayclass-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: eg}
spec:
  gatewayClassName: eg
  listeners:
  - {name: http, protocol: HTTP, port: 80}
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec:
  ports:
  - {name: http, port: 3000}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: shop-1
  labels: {kubernetes.io/service-name: shop}
addressType: IPv4
ports:
- {name: http, protocol: TCP, port: 3000}
endpoints:
- {addresses: [127.0.0.1], conditions: {ready: true}}
- {addresses: [127.0.0.2], conditions: {ready: true}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs:
  - name: eg
  rules:
  - backendRefs:
    - {name: shop, port: 3000}
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata: {name: sticky}
spec:
  targetRefs:
  - {group: gateway.networking.k8s.io, kind: HTTPRoute, name: shop}
  loadBalancer:
    type: ConsistentHash
    consistentHash:
      type: Header
      header: {name: x-user}
`;

/** The same with a table size that is no prime number: refused. */
export const refused = shop.replace('type: Header', 'tableSize: 1024\n      type: Header');
