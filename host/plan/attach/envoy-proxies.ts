/**
 * The EnvoyProxy that holds for a Gateway: that of its `infrastructure.parametersRef`, else that of its class
 * (Envoy Gateway, attachEnvoyProxy). With a mergeType the fields of the first come before those of the
 * second.
 */
import { given, weakMemo } from '../../basics/collections.ts';
import type { EnvoyProxy, Gateway, Model, SecretRef, TlsParameters } from '../../model/resources.ts';

interface Name {
  readonly namespace: string;
  readonly name: string;
}

export interface ProxyTls {
  readonly parameters: TlsParameters;
  readonly certificate?: { readonly owner: EnvoyProxy; readonly ref: SecretRef };
}
export interface ProxySettings {
  readonly preservesOrder: boolean;
  readonly backendTls?: ProxyTls;
  /** One that is named and not in the input, and where it is named. */
  readonly missing?: Name & { readonly by: 'Gateway' | 'GatewayClass' };
  /** What the class names, which is no EnvoyProxy. */
  readonly unknown?: string;
}
export type ProxyOf = (gateway: Gateway) => ProxySettings;

export function envoyProxies(model: Pick<Model, 'envoyProxies' | 'gatewayClasses'>): ProxyOf {
  const named = new Map(model.envoyProxies.map((one) => [keyOf(one.metadata), one]));
  const classes = new Map(model.gatewayClasses.map((one) => [one.metadata.name, one.spec]));
  return weakMemo(({ metadata: { namespace }, spec }: Gateway): ProxySettings => {
    const own = given(spec.envoyProxy, (name) => ({ namespace, name }));
    const { envoyProxy: above, unknownParameters: unknown } = classes.get(spec.gatewayClassName) ?? {};
    const [mine, others] = [own, above].map((one) => given(one, (name) => named.get(keyOf(name))));
    const settings = settingsOf(mine, others);
    if (unknown !== undefined) return { ...settings, unknown };
    if (own !== undefined && mine === undefined) return { ...settings, missing: { ...own, by: 'Gateway' } };
    if (above !== undefined && others === undefined)
      return { ...settings, missing: { ...above, by: 'GatewayClass' } };
    return settings;
  });
}

const keyOf = ({ namespace, name }: Name): string => `${namespace}/${name}`;

function settingsOf(own: EnvoyProxy | undefined, ofClass: EnvoyProxy | undefined): ProxySettings {
  const merges = own?.spec.mergeType !== undefined && own.spec.mergeType !== 'Replace';
  const levels = (own === undefined || merges ? [own, ofClass] : [own]).filter((one) => one !== undefined);
  const first = levels.find(({ spec }) => spec.preserveRouteOrder !== undefined);
  const tls = levels.filter(({ spec }) => spec.backendTls !== undefined);
  const owner = tls.find(({ spec }) => spec.backendTls!.clientCertificateRef !== undefined);
  return {
    preservesOrder: first?.spec.preserveRouteOrder ?? false,
    ...(tls.length === 0
      ? {}
      : {
          backendTls: {
            parameters: tls
              .map(({ spec: { backendTls } }) => {
                const { clientCertificateRef: _, ...parameters } = backendTls!;
                return parameters;
              })
              .reduce((above, below) => overParameters(above, below), {}),
            ...(owner === undefined
              ? {}
              : { certificate: { owner, ref: owner.spec.backendTls!.clientCertificateRef! } }),
          },
        }),
  };
}

/** Each of the first, or else of the second. */
export const overParameters = (first: TlsParameters, second: TlsParameters): TlsParameters => ({
  minVersion: first.minVersion ?? second.minVersion,
  maxVersion: first.maxVersion ?? second.maxVersion,
  ciphers: first.ciphers ?? second.ciphers,
  ecdhCurves: first.ecdhCurves ?? second.ecdhCurves,
  signatureAlgorithms: first.signatureAlgorithms ?? second.signatureAlgorithms,
  alpnProtocols: first.alpnProtocols ?? second.alpnProtocols,
});
