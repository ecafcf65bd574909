/** GatewayClass (Gateway API v1): its controller, and the EnvoyProxy of its Gateways. */
import { CONTROLLER_NAME, ENVOY_GATEWAY_GROUP, GATEWAY_GROUP } from '../model/groups.ts';
import { check } from './words/check.ts';
import type { Kind } from './words/kind.ts';
import { envelope, toMetadata } from './words/metadata.ts';
import { group, kindName, labelName, refName } from './words/names.ts';
import { ignored, object, text } from './words/shape.ts';

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
    parametersRef: object({
      group: group(),
      kind: kindName(),
      namespace: labelName().optional(),
      name: refName(),
    }).optional(),
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
    if (data === undefined || report.refused) return undefined;
    const { controllerName, parametersRef: ref } = data.spec;
    const isProxy = ref?.group === ENVOY_GATEWAY_GROUP && ref.kind === 'EnvoyProxy';
    const proxy = isProxy ? { namespace: ref.namespace ?? '', name: ref.name } : undefined;
    // What a class of Envoy Gateway asks for may protect: its Gateways are not accepted.
    const isOurs = controllerName === CONTROLLER_NAME || ref?.group === ENVOY_GATEWAY_GROUP;
    const unknown = ref !== undefined && !isProxy && isOurs ? `${ref.kind} (${ref.group})` : undefined;
    if (ref !== undefined && !isProxy && !isOurs)
      report.warning(['spec', 'parametersRef'], {
        code: 'value-not-translated',
        message: `${ref.kind} (${ref.group}) as parameters of a class is not translated: it has no effect.`,
        rule: `Parameters of a class are an EnvoyProxy (${ENVOY_GATEWAY_GROUP}).`,
        hint: 'Remove parametersRef, or do without what it asks for.',
        point: 'key',
      });
    return {
      kind: 'GatewayClass',
      apiVersion: String(document.value.apiVersion),
      metadata: toMetadata(data.metadata, true, report),
      spec: {
        controllerName,
        ...(proxy === undefined ? {} : { envoyProxy: proxy }),
        ...(unknown === undefined ? {} : { unknownParameters: unknown }),
      },
      at: document.at,
      order: document.order,
    };
  },
};
