/** Tests of what is not translated at all. */
import type { Trial } from '../words.ts';

const all = (unmet: string, extended: readonly string[], names: readonly string[]): Trial[] =>
  names.map((name) => ({ name, extended, unmet }));

export const notTranslated: readonly Trial[] = [
  ...all(
    '`spec.tls.backend` of a Gateway is named and left out',
    ['GatewayBackendClientCertificate', 'BackendTLSPolicy'],
    ['GatewayTLSBackendClientCertificate', 'GatewayInvalidTLSBackendConfiguration'],
  ),
  ...all(
    'ListenerSet is not translated',
    ['ListenerSet'],
    [
      'AllowedNamespaceNone',
      'AllowedNamespaceSame',
      'AllowedNamespaceSelector',
      'AllowedRoutesNamespaces',
      'AllowedRoutesSupportedKinds',
      'DefaultNotAllowed',
      'DualParentRefIndependence',
      'GatewayParentSectionNameNotFound',
      'HTTPRouting',
      'HostnameConflict',
      'ProtocolConflict',
      'ReferenceGrant',
      'RouteStatusScopedToParentRef',
    ].map((name) => `ListenerSet${name}`),
  ),
  ...all(
    'UDPRoute is not translated',
    ['UDPRoute'],
    [
      '',
      'InvalidBackendRefNonexistent',
      'InvalidCrossNamespaceBackendRef',
      'MultipleRoutesAttachment',
      'NotAllowedByListeners',
      'ParentRefAttachAllListeners',
      'ParentRefPortAndSectionName',
      'ReferenceGrant',
      'WeightedRouting',
    ].map((name) => `UDPRoute${name}`),
  ),
];
