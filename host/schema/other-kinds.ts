/** The kinds of the Gateway API and of Envoy Gateway that exist and are not translated: each is named in a warning. */

export const ourGroups: readonly string[] = [
  'gateway.networking.k8s.io',
  'gateway.networking.x-k8s.io',
  'gateway.envoyproxy.io',
  'discovery.k8s.io',
];

const untranslated: Readonly<Record<string, readonly string[]>> = {
  'gateway.networking.k8s.io': [
    'TCPRoute',
    'TLSRoute',
    'UDPRoute',
    'BackendTLSPolicy',
    'BackendLBPolicy',
    'ListenerSet',
  ],
  'gateway.networking.x-k8s.io': ['XBackendTrafficPolicy', 'XListenerSet', 'XMesh'],
  'gateway.envoyproxy.io': [
    'ClientTrafficPolicy',
    'EnvoyExtensionPolicy',
    'EnvoyGateway',
    'EnvoyPatchPolicy',
    'EnvoyProxy',
    'HTTPRouteFilter',
    'SecurityPolicy',
  ],
};

export const isUntranslated = (group: string, kind: string): boolean =>
  untranslated[group]?.includes(kind) === true;
