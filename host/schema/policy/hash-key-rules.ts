/**
 * The rules of spec.loadBalancer.consistentHash: its union, its names, and a table size that Maglev can use.
 */

import type { Path } from '../../basics/path.ts';
import { POLICY_DEFAULTS } from '../../model/policy-defaults.ts';
import { asList, asObject, type Report } from '../words/findings.ts';
import { adviseHeaderName } from '../words/header-advice.ts';
import { keyNameFault } from '../words/names.ts';
import { checkUnion, type UnionMember } from '../words/rules.ts';
import { adviseCookie } from './cookie-advice.ts';
import { MAX_TABLE_SIZE } from './load-balancer.ts';

/** Field of each key type that has one. */
export const keyFields: Readonly<Record<string, string>> = {
  Header: 'header',
  Headers: 'headers',
  Cookie: 'cookie',
  QueryParams: 'queryParams',
};
const exampleOf: Readonly<Record<string, string>> = {
  header: 'header: {name: x-user}',
  headers: 'headers: [{name: x-user}]',
  cookie: 'cookie: {name: session, ttl: 60s}',
  queryParams: 'queryParams: [{name: user}]',
};

const UNION = Object.entries(keyFields).map(
  ([type, field]): UnionMember => ({ type, field, add: `Add it, as ${exampleOf[field]}.` }),
);

export function checkHashKey(raw: unknown, path: Path, report: Report): void {
  const hash = asObject(raw);
  if (hash === undefined) return;
  checkUnion(hash, UNION, 'consistentHash', path, report);
  checkName('header', asObject(hash.header)?.name, [...path, 'header', 'name'], report);
  adviseHeaderName(asObject(hash.header)?.name, [...path, 'header', 'name'], report);
  for (const [i, entry] of asList(hash.headers).entries())
    adviseHeaderName(asObject(entry)?.name, [...path, 'headers', i, 'name'], report);
  adviseCookie(hash.cookie, [...path, 'cookie'], report);
  checkName('cookie', asObject(hash.cookie)?.name, [...path, 'cookie', 'name'], report);
  for (const [field, kind] of [
    ['headers', 'header'],
    ['queryParams', 'query'],
  ] as const) {
    if (Array.isArray(hash[field]) && hash[field].length === 0) {
      report.unusable([...path, field], `LoadBalancer: ConsistentHash: ${field} is empty.`, {
        code: 'list-empty',
        message: `${field} is empty: there would be no key, and the choice would be random.`,
        value: [],
        rule: `${field} must name at least one ${kind === 'query' ? 'query parameter' : 'header'}.`,
        hint: `Add one, as ${exampleOf[field]}.`,
        point: 'key',
      });
    }
    for (const [i, entry] of asList(hash[field]).entries())
      checkName(kind, asObject(entry)?.name, [...path, field, i, 'name'], report);
  }
  checkAttributes(asObject(asObject(hash.cookie)?.attributes), [...path, 'cookie', 'attributes'], report);
  checkTableSize(hash.tableSize, [...path, 'tableSize'], report);
}

function checkName(kind: 'header' | 'cookie' | 'query', value: unknown, path: Path, report: Report): void {
  const fault = keyNameFault(kind, value);
  if (fault === undefined) return;
  const what = kind === 'query' ? 'query parameter' : kind;
  report.unusable(path, `LoadBalancer: ConsistentHash: the name of the ${what} ${fault}.`, {
    code: value === '' ? 'name-empty' : 'name-invalid',
    message: `The name of the ${what} ${fault}.`,
    value,
    rule:
      kind === 'query'
        ? 'The name of a query parameter must not be empty.'
        : `The name of a ${what} must be of letters, digits and !#$%&'*+-.^_\`|~ (RFC 9110 token)${
            kind === 'header' ? ', or one of :path, :authority, :method and :scheme' : ''
          }.`,
    hint: `Give the name of the ${what} whose value is the key.`,
  });
}

/** Characters that end the attribute or the header: a manifest must not be able to add headers. */
function checkAttributes(
  attributes: Readonly<Record<string, unknown>> | undefined,
  path: Path,
  report: Report,
): void {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    const odd =
      keyNameFault('cookie', name) !== undefined || (typeof value === 'string' && /[;\p{Cc}]/u.test(value));
    if (!odd) continue;
    report.unusable(
      [...path, name],
      `LoadBalancer: ConsistentHash: invalid cookie attribute ${JSON.stringify(name)}.`,
      {
        code: 'cookie-attribute-invalid',
        message: `The cookie attribute ${JSON.stringify(name)} cannot be written in a Set-Cookie header.`,
        value,
        rule: 'The name must be a token, and the value must hold no ";" and no control character (RFC 6265).',
        hint: 'Write each attribute as a separate member, as SameSite: Strict.',
      },
    );
  }
}

function checkTableSize(value: unknown, path: Path, report: Report): void {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 2 || value > MAX_TABLE_SIZE) return;
  if (isPrime(value)) return;
  const below = nearestPrime(value, -1);
  const above = nearestPrime(value, 1);
  report.unusable(path, `LoadBalancer: ConsistentHash: invalid TableSize value ${value}.`, {
    code: 'table-size-not-prime',
    message: `tableSize must be a prime number, not ${value}.`,
    value,
    rule: `Maglev needs a prime table size from 2 to ${MAX_TABLE_SIZE}: only then each endpoint's steps reach every slot.`,
    hint: `Use ${[below, above].filter((n) => n !== undefined).join(' or ')}; the default is ${POLICY_DEFAULTS.loadBalancer.consistentHash.tableSize}.`,
  });
}

/** Trial division; at most 1118 steps for the largest size. */
export function isPrime(n: number): boolean {
  if (n < 4) return n >= 2;
  if (n % 2 === 0) return false;
  for (let d = 3; d * d <= n; d += 2) if (n % d === 0) return false;
  return true;
}

function nearestPrime(from: number, step: 1 | -1): number | undefined {
  for (let n = from + step; n >= 2 && n <= MAX_TABLE_SIZE; n += step) if (isPrime(n)) return n;
  return undefined;
}
