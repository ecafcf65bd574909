/** What all kinds share: apiVersion, kind, metadata. Fields that a server writes are accepted and ignored. */
import type { Metadata } from '../../model/resources.ts';
import type { Report } from './findings.ts';
import { isLabelKey, isLabelValue, labelName, objectName } from './names.ts';
import { ignored, object, text, textMap } from './shape.ts';

const metadataSchema = object({
  name: objectName(),
  namespace: labelName().optional(),
  labels: textMap().optional(),
  annotations: textMap().optional(),
  creationTimestamp: text({
    pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
    rule: 'a time as 2024-05-01T12:00:00Z',
  }).optional(),
  uid: ignored(),
  resourceVersion: ignored(),
  generation: ignored(),
  generateName: ignored(),
  managedFields: ignored(),
  ownerReferences: ignored(),
  finalizers: ignored(),
  selfLink: ignored(),
  deletionTimestamp: ignored(),
  deletionGracePeriodSeconds: ignored(),
});

/** Every kind's outermost fields beside its own. */
export const envelope = {
  apiVersion: ignored(),
  kind: ignored(),
  metadata: metadataSchema,
  status: ignored(),
};

interface CheckedMetadata {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly creationTimestamp?: string | undefined;
}
const none: Readonly<Record<string, string>> = Object.freeze({});

export function toMetadata(metadata: CheckedMetadata, clusterScoped: boolean, report: Report): Metadata {
  for (const [key, value] of Object.entries(metadata.labels ?? none)) {
    if (isLabelKey(key) && isLabelValue(value)) continue;
    const what = isLabelKey(key) ? `value of the label ${key}` : 'label key';
    const rule = isLabelKey(key)
      ? 'at most 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends'
      : 'a name of at most 63 letters, digits, "-", "_" and ".", with an optional domain and "/" before it';
    report.error(['metadata', 'labels', key], {
      code: 'label-invalid',
      message: `The ${what} must be ${rule}, not ${JSON.stringify(isLabelKey(key) ? value : key)}.`,
      value: isLabelKey(key) ? value : key,
      rule: `A ${what} must be ${rule}.`,
      point: isLabelKey(key) ? undefined : 'key',
    });
  }
  return {
    name: metadata.name,
    namespace: clusterScoped ? '' : (metadata.namespace ?? 'default'),
    ...(clusterScoped || metadata.namespace !== undefined ? {} : { impliedNamespace: true as const }),
    labels: metadata.labels ?? none,
    annotations: metadata.annotations ?? none,
    creationTimestamp: metadata.creationTimestamp,
  };
}
