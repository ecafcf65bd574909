/** Generated cookies that are valid and that browsers refuse, or keep more than once. */
import type { Path } from '../../basics/path.ts';
import { asObject, type Report } from '../words/findings.ts';

type Attributes = Readonly<Record<string, unknown>>;

/** @param cookie `consistentHash.cookie` as it is written. */
export function adviseCookie(cookie: unknown, path: Path, report: Report): void {
  const { name, ttl, attributes } = asObject(cookie) ?? {};
  // Without a time to live Envoy makes no cookie, and the attributes mean nothing.
  if (typeof name !== 'string' || ttl === undefined) return;
  const given = asObject(attributes) ?? {};
  const find = (wanted: string) => Object.keys(given).find((key) => key.toLowerCase() === wanted);
  const at = [...path, 'attributes'];
  for (const [message, hint] of refusals(name, given, find))
    report.warning(given === attributes ? at : path, {
      code: 'cookie-refused',
      message: `A browser refuses this cookie: ${message}.`,
      rule: 'RFC 6265bis, sections 4.1.2 and 4.1.3.',
      hint,
      point: given === attributes ? 'key' : [...path, 'name'],
    });
  if (find('path') === undefined)
    report.notice([...path, 'name'], {
      code: 'cookie-without-path',
      message: `The generated cookie ${name} has no Path: a browser keeps one for each directory, and each may lead to another host.`,
      value: name,
      rule: 'Without Path a cookie is for the directory of the request that set it (RFC 6265, section 5.1.4).',
      hint: 'Add attributes: {Path: /} unless all requests are below one directory.',
    });
}

function* refusals(
  name: string,
  given: Attributes,
  find: (name: string) => string | undefined,
): Generator<[message: string, hint: string]> {
  const secure = find('secure') !== undefined;
  const sameSite = find('samesite');
  const word = sameSite === undefined ? undefined : String(given[sameSite]).toLowerCase();
  if (word !== undefined && !['strict', 'lax', 'none'].includes(word))
    yield [`SameSite is ${JSON.stringify(given[sameSite!])}`, 'Use SameSite: Strict, Lax or None.'];
  if (word === 'none' && !secure) yield ['SameSite=None without Secure', "Add Secure: ''."];
  if (find('partitioned') !== undefined && !secure) yield ['Partitioned without Secure', "Add Secure: ''."];
  const lower = name.toLowerCase();
  if (lower.startsWith('__secure-') && !secure)
    yield ['its prefix __Secure- wants Secure', "Add Secure: ''."];
  if (!lower.startsWith('__host-')) return;
  const path = find('path');
  const whole = path !== undefined && given[path] === '/';
  if (!secure || !whole || find('domain') !== undefined)
    yield [
      'its prefix __Host- wants Secure, Path=/ and no Domain',
      "Use Secure: '' and Path: /, without Domain.",
    ];
}
