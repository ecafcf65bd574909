/**
 * Secret (core v1). What is not base64 or is encrypted is told by whoever refers to the Secret: a folder of a
 * cluster holds many that nothing here uses. No message shows a value.
 */

import { Hidden } from '../basics/hidden.ts';
import type { Path } from '../basics/path.ts';
import type { SecretEntry } from '../model/resources.ts';
import { check } from './words/check.ts';
import type { Report } from './words/findings.ts';
import type { Kind } from './words/kind.ts';
import { envelope, toMetadata } from './words/metadata.ts';
import { ignored, object, text, textMap } from './words/shape.ts';

const schema = object({
  ...envelope,
  type: text({ max: 253 }).optional(),
  data: textMap().optional(),
  stringData: textMap().optional(),
  immutable: ignored(),
  // Beside encrypted values: how they are encrypted.
  sops: ignored(),
});

/** The API server's own limit, over all values of one Secret. */
export const MAX_SECRET_BYTES = 1_048_576;
const TLS = 'kubernetes.io/tls';

/** A mistyped field may hold a value that belongs under `data`. */
export const secretHides = ([first, second]: Path): boolean =>
  !(
    ['apiVersion', 'kind', 'type'].includes(String(first)) ||
    (first === 'metadata' && ['name', 'namespace', 'labels'].includes(String(second)))
  );

export const secret: Kind = {
  group: '',
  kind: 'Secret',
  versions: ['v1'],
  clusterScoped: false,
  schema,
  read(document, report) {
    const data = check(schema, document.value, report);
    if (data === undefined) return undefined;
    const { metadata, type = 'Opaque', data: encoded = {}, stringData = {}, sops } = data;
    const entries = new Map<string, SecretEntry>();
    for (const [name, value] of Object.entries(encoded))
      entries.set(name, entryOf('data', value, sops !== undefined));
    for (const [name, value] of Object.entries(stringData))
      entries.set(name, entryOf('stringData', value, sops !== undefined));
    checkEntries(type, entries, report);
    if (report.refused) return undefined;
    // Annotations may hold the whole document once more (kubectl.kubernetes.io/last-applied-configuration).
    const { annotations: _, ...rest } = metadata;
    return {
      kind: 'Secret',
      apiVersion: 'v1',
      metadata: toMetadata(rest, false, report),
      spec: { type, entries },
      at: document.at,
      order: document.order,
    };
  },
};

/** As the API server reads base64: with its padding; line ends are left out. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function entryOf(field: SecretEntry['field'], written: string, sops: boolean): SecretEntry {
  if (sops || written.startsWith('ENC[')) return { field, fault: 'is encrypted (by sops)' };
  if (field === 'stringData') return { field, value: new Hidden(Buffer.from(written, 'utf8')) };
  const packed = written.replace(/[\r\n]/g, '');
  if (!BASE64.test(packed)) return { field, fault: 'is not base64' };
  return { field, value: new Hidden(Buffer.from(packed, 'base64')) };
}

function checkEntries(type: string, entries: ReadonlyMap<string, SecretEntry>, report: Report): void {
  let size = 0;
  for (const { value } of entries.values()) size += value?.size ?? 0;
  if (size > MAX_SECRET_BYTES)
    report.error(['data'], {
      code: 'secret-invalid',
      message: `The values of the Secret are ${size} bytes long together.`,
      rule: `The values of a Secret are at most ${MAX_SECRET_BYTES} bytes long together.`,
      point: 'key',
    });
  if (type !== TLS) return;
  for (const name of ['tls.crt', 'tls.key']) {
    if (entries.has(name)) continue;
    report.error(['data', name], {
      code: 'field-missing',
      message: `data["${name}"] is missing.`,
      rule: `A Secret of type ${TLS} has tls.crt (the certificate) and tls.key (its private key).`,
      hint: `Make it by: kubectl create secret tls NAME --cert FILE --key FILE --dry-run=client -o yaml`,
      point: ['type'],
    });
  }
}
