/**
 * Users and passwords as Envoy reads them: lines `name:{SHA}hash`. What it does not take would make it refuse
 * the whole configuration, so it is found here, in Envoy Gateway's words.
 */

/** Of SHA-1 in base64. */
const HASH = /^[A-Za-z0-9+/]{27}=$/;
const SHA = '{SHA}';

export type Users =
  | { readonly lines: string; readonly fault?: undefined }
  | { readonly lines?: undefined; readonly fault: string };

/** Empty lines and comments are left out. No fault holds a part of the text. */
export function readUsers(text: string): Users {
  const users = new Map<string, string>();
  for (const [i, written] of text.split('\n').entries()) {
    const line = written.trim();
    const fault = (why: string): Users => ({ fault: `${why} (line ${i + 1})` });
    if (line === '' || line.startsWith('#')) continue;
    const colon = line.indexOf(':');
    if (colon < 0)
      return fault("invalid htpasswd format: each line must be in the format 'username:password'");
    const [name, password] = [line.slice(0, colon), line.slice(colon + 1)];
    if (name === '') return fault('invalid htpasswd format: the username is empty');
    if (!password.startsWith(SHA)) return fault('unsupported htpasswd format: please use {SHA}');
    if (!HASH.test(password.slice(SHA.length)))
      return fault('invalid htpasswd format: {SHA} must be base64-encoded SHA1');
    if (users.has(name)) return fault('invalid htpasswd format: the username occurs twice');
    users.set(name, password);
  }
  if (users.size === 0) return { fault: 'there is no user' };
  return { lines: [...users].map(([name, password]) => `${name}:${password}\n`).join('') };
}
