/** The body of an answer that stands in a ConfigMap. */
import type { ModelIndex } from '../model/index.ts';

/** Envoy Gateway's; without it the first value counts. */
export const BODY_KEY = 'response.body';

export const answerBodies =
  (index: Pick<ModelIndex, 'configMap'>) =>
  (namespace: string, name: string): string | undefined => {
    const data = index.configMap(namespace, name)?.spec.data;
    return data?.get(BODY_KEY) ?? data?.values().next().value;
  };
