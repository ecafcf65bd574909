/**
 * EnvoyProxy (Envoy Gateway v1alpha1, envoyproxy_types.go). What says how Envoy runs in a cluster, and what
 * it tells of itself, is named and left out.
 */
import { given } from '../basics/collections.ts';
import { ENVOY_GATEWAY_GROUP } from '../model/groups.ts';
import { check } from './words/check.ts';
import { asObject } from './words/findings.ts';
import type { Kind } from './words/kind.ts';
import { envelope, toMetadata } from './words/metadata.ts';
import { objectRef } from './words/object-ref.ts';
import { flag, ignored, object, oneOf, untranslated } from './words/shape.ts';
import { checkVersions, conflictIn, tlsParameters } from './words/tls-parameters.ts';

const schema = object({
  ...envelope,
  spec: object({
    backendTLS: object({ clientCertificateRef: objectRef().optional(), ...tlsParameters() }).optional(),
    preserveRouteOrder: flag().optional(),
    mergeType: oneOf(['Replace', 'StrategicMerge', 'JSONMerge']).optional(),
    mergeGateways: untranslated(),
    mergeBackends: untranslated(),
    routingType: untranslated(),
    filterOrder: untranslated(),
    concurrency: untranslated(),
    ipFamily: untranslated(),
    bootstrap: untranslated(),
    telemetry: untranslated(),
    dynamicModules: untranslated(),
    geoIP: untranslated(),
    luaValidation: untranslated(),
    lua: untranslated(),
    extraArgs: untranslated(),
    shutdown: untranslated(),
    // How Envoy runs: here somebody else starts it.
    provider: ignored(),
    logging: ignored(),
  }),
});

export const envoyProxy: Kind = {
  group: ENVOY_GATEWAY_GROUP,
  kind: 'EnvoyProxy',
  versions: ['v1alpha1'],
  clusterScoped: false,
  schema,
  read(document, report) {
    const tls = asObject(asObject(document.value.spec)?.backendTLS);
    if (tls !== undefined) checkVersions(tls, conflictIn(tls, ['spec', 'backendTLS'], report));
    const data = check(schema, document.value, report);
    if (data === undefined || report.refused) return undefined;
    const { backendTLS, preserveRouteOrder, mergeType } = data.spec;
    return {
      kind: 'EnvoyProxy',
      apiVersion: String(document.value.apiVersion),
      metadata: toMetadata(data.metadata, false, report),
      spec: {
        mergeType,
        preserveRouteOrder,
        backendTls: given(backendTLS, ({ fingerprints: _, alpnProtocols = [], ...rest }) => ({
          ...rest,
          ...(alpnProtocols.length > 0 ? { alpnProtocols } : {}),
        })),
      },
      at: document.at,
      order: document.order,
    };
  },
};
