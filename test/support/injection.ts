/** HTTPRouteFilters with credentialInjection, and what refers to them. */
import type { Manifest } from './manifests.ts';

/** @param from The name of a Secret. */
export const injects = (name: string, from: string, more: Manifest = {}): Manifest => ({
  apiVersion: 'gateway.envoyproxy.io/v1alpha1',
  kind: 'HTTPRouteFilter',
  metadata: { name, namespace: 'default' },
  spec: { credentialInjection: { credential: { valueRef: { name: from } }, ...more } },
});

export const extensionRef = (name: string): Manifest => ({
  type: 'ExtensionRef',
  extensionRef: { group: 'gateway.envoyproxy.io', kind: 'HTTPRouteFilter', name },
});
