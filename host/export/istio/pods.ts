/**
 * The filter's file in the pods of a gateway. Istio makes them, and merges into its Deployment what a
 * ConfigMap has that the Gateway names.
 */
import { emit } from '../../envoy/emit.ts';
import { type KubeObject, LABELS } from '../exported.ts';
import { CONFIG_MAP, moduleTag, VOLUME, VOLUME_MOUNT } from '../module-objects.ts';
import type { Module } from '../modules.ts';

const NAME = `${CONFIG_MAP}-gateway`;

/** The annotation changes with the module, so that the pods start anew. */
export const deploymentPatch = (modules: readonly Module[], namespace: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: NAME, namespace, labels: LABELS },
  data: {
    deployment: emit(
      {
        spec: {
          template: {
            metadata: { annotations: { 'loadstar/module': moduleTag(modules) } },
            spec: {
              containers: [{ name: 'istio-proxy', volumeMounts: [VOLUME_MOUNT] }],
              volumes: [VOLUME],
            },
          },
        },
      },
      'yaml',
    ),
  },
});

export const steps = (
  gateways: readonly { readonly namespace: string; readonly name: string }[],
  modules: readonly Module[],
): string[] => [
  'kubectl apply --server-side --force-conflicts --field-manager=loadstar-' +
    `${moduleTag(modules)} -f 1-module.yaml`,
  ...gateways.map(
    ({ namespace, name }) =>
      `Gateway ${namespace}/${name}: spec.infrastructure.parametersRef: {group: "", kind: ConfigMap, name: ${NAME}}`,
  ),
  `A Gateway that names a ConfigMap already: add there what ${NAME} has under deployment.`,
  'Pods of your own (injected): annotate them with',
  `  sidecar.istio.io/userVolume: '${JSON.stringify({ [VOLUME.name]: { configMap: VOLUME.configMap } })}'`,
  `  sidecar.istio.io/userVolumeMount: '${JSON.stringify({ [VOLUME.name]: { mountPath: VOLUME_MOUNT.mountPath, readOnly: true } })}'`,
  ...gateways.map(
    ({ namespace, name }) =>
      `wait until the new pods are ready: kubectl -n ${namespace} rollout status deployment -l gateway.networking.k8s.io/gateway-name=${name}`,
  ),
  'kubectl apply -f 2-policies.yaml',
];
