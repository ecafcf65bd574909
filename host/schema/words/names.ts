/**
 * The rules for names: Kubernetes object names (RFC 1123, RFC 1035), Gateway API section and host names,
 * labels, HTTP header and cookie names (RFC 9110 token, RFC 6265).
 */
import { integer, text } from './shape.ts';

/** HTTP methods of the Gateway API and of Envoy (core.v3.RequestMethod). */
export const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
] as const;

const lower = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== value.toLowerCase()
    ? `Write it in lower case: ${value.toLowerCase()}.`
    : undefined;

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
/** RFC 9110 section 5.6.2. */
const token = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/;

export const isToken = (value: string): boolean => token.test(value);

/** Name of an object: lower-case letters, digits, '-' and '.'. */
export const objectName = () =>
  text({
    min: 1,
    max: 253,
    pattern: subdomain,
    rule: 'a name of 1 to 253 lower-case letters, digits, "-" and "."',
    code: 'name-invalid',
    hint: lower,
  });
export const labelName = () =>
  text({
    min: 1,
    max: 63,
    pattern: label,
    rule: 'a name of 1 to 63 lower-case letters, digits and "-"',
    code: 'name-invalid',
    hint: lower,
  });
/** Name in a reference: the API does not look closer. */
export const refName = () => text({ min: 1, max: 253, code: 'name-invalid' });
export const group = () =>
  text({
    max: 253,
    pattern: /^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    rule: 'an API group, as gateway.networking.k8s.io, without a version',
    code: 'name-invalid',
    hint: (value) =>
      typeof value === 'string' && value.includes('/')
        ? `Write ${value.slice(0, value.indexOf('/'))}.`
        : lower(value),
  });
export const kindName = () =>
  text({
    min: 1,
    max: 63,
    pattern: /^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/,
    rule: 'a kind, as HTTPRoute',
    code: 'name-invalid',
  });

/** Host name, `*.` before it allowed. */
export const hostname = () =>
  text({
    min: 1,
    max: 253,
    pattern: /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    rule: 'a host name, as www.example.com or *.example.com, without a port',
    code: 'hostname-invalid',
    hint: (value) =>
      typeof value === 'string' && /:\d+$/.test(value)
        ? 'The port belongs to the listener: leave it out.'
        : lower(value),
  });
export const preciseHostname = () =>
  text({
    min: 1,
    max: 253,
    pattern: subdomain,
    rule: 'a host name without wildcard, as www.example.com',
    code: 'hostname-invalid',
    hint: lower,
  });
/** With this begin the names of headers that only Loadstar itself writes. */
export const OUR_HEADERS = 'x-loadstar-';

export const headerName = () =>
  text({
    min: 1,
    max: 256,
    pattern: token,
    rule: "an HTTP header name: letters, digits and !#$%&'*+-.^_`|~",
    code: 'header-name-invalid',
  });

export const port = () => integer(1, 65535, 'a port');

/**
 * Envoy hashes them as any other header: the path with its query, the host, the method, the scheme (RFC 9113,
 * section 8.3.1).
 */
const PSEUDO_HEADERS: ReadonlySet<string> = new Set([':path', ':authority', ':method', ':scheme']);

/** Why a text is no name of a header, cookie or query parameter; undefined when it is one. */
export function keyNameFault(kind: 'header' | 'cookie' | 'query', value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (value === '') return 'is empty';
  // A query parameter may be any text.
  return kind === 'query' || isToken(value) || (kind === 'header' && PSEUDO_HEADERS.has(value.toLowerCase()))
    ? undefined
    : `holds a character that no ${kind} name may have`;
}

const labelKey =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?$/;
/** Whether an object, or a namespace, may have this name. */
export const isObjectName = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 253 && subdomain.test(value);
export const isNamespaceName = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 63 && label.test(value);

export const isLabelKey = (key: string): boolean => labelKey.test(key);
export const isLabelValue = (value: string): boolean => labelValue.test(value);
