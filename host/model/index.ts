/** Look-ups by kind, namespace and name over a Model: one Map each, built on first use. */
import type { Backend, EndpointSlice, Model, Service } from './resources.ts';

export interface ModelIndex {
  service(namespace: string, name: string): Service | undefined;
  backend(namespace: string, name: string): Backend | undefined;
  /** EndpointSlices of a Service, sorted by name. */
  slicesOf(namespace: string, service: string): readonly EndpointSlice[];
}

const byName = <T extends { readonly metadata: { readonly namespace: string; readonly name: string } }>(
  list: readonly T[],
): ((namespace: string, name: string) => T | undefined) => {
  let map: Map<string, T> | undefined;
  return (namespace, name) => {
    if (map === undefined) {
      map = new Map();
      for (const item of list) {
        const key = `${item.metadata.namespace}/${item.metadata.name}`;
        if (!map.has(key)) map.set(key, item);
      }
    }
    return map.get(`${namespace}/${name}`);
  };
};

export function indexModel(model: Model): ModelIndex {
  let slices: Map<string, EndpointSlice[]> | undefined;
  return {
    service: byName(model.services),
    backend: byName(model.backends),
    slicesOf(ns, service) {
      if (slices === undefined) {
        slices = new Map();
        for (const slice of model.endpointSlices) {
          const key = `${slice.metadata.namespace}/${slice.spec.serviceName ?? ''}`;
          const list = slices.get(key);
          if (list === undefined) slices.set(key, [slice]);
          else list.push(slice);
        }
      }
      return slices.get(`${ns}/${service}`) ?? [];
    },
  };
}
