/**
 * The module as a file in a proxy's pod: a ConfigMap holds it (40 KB of 1 MiB), so that no image and no
 * registry is needed.
 */
import { type KubeObject, LABELS } from './exported.ts';
import type { Module } from './modules.ts';

export const MOUNT = '/etc/loadstar';
export const CONFIG_MAP = 'loadstar';

export const moduleConfigMap = (modules: readonly Module[], namespace: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: CONFIG_MAP, namespace, labels: LABELS },
  binaryData: Object.fromEntries(
    modules.map(({ file, bytes }) => [file, Buffer.from(bytes).toString('base64')]),
  ),
});

export const VOLUME = { name: 'loadstar', configMap: { name: CONFIG_MAP } };
export const VOLUME_MOUNT = { name: 'loadstar', mountPath: MOUNT, readOnly: true };

/** One word for the modules: names who applied them, and makes pods start anew when it changes. */
export const moduleTag = (modules: readonly Module[]): string =>
  modules.map(({ file }) => file.slice(file.lastIndexOf('-') + 1, -'.wasm'.length)).join('-');
