/** GatewayClass (Gateway API v1): only its controller name matters here. */
import { GATEWAY_GROUP } from '../model/groups.ts';
import { check } from './words/check.ts';
import type { Kind } from './words/kind.ts';
import { envelope, toMetadata } from './words/metadata.ts';
import { ignored, object, text, untranslated } from './words/shape.ts';

const schema = object({
  ...envelope,
  spec: object({
    controllerName: text({
      min: 1,
      max: 253,
      pattern:
        /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/,
      rule: 'a domain and a path, as gateway.envoyproxy.io/gatewayclass-controller',
      code: 'name-invalid',
    }),
    description: ignored(),
    parametersRef: untranslated(),
  }),
});

export const gatewayClass: Kind = {
  group: GATEWAY_GROUP,
  kind: 'GatewayClass',
  versions: ['v1', 'v1beta1'],
  clusterScoped: true,
  schema,
  read(document, report) {
    const data = check(schema, document.value, report);
    if (data === undefined) return undefined;
    return {
      kind: 'GatewayClass',
      apiVersion: String(document.value.apiVersion),
      metadata: toMetadata(data.metadata, true, report),
      spec: { controllerName: data.spec.controllerName },
      at: document.at,
      order: document.order,
    };
  },
};
