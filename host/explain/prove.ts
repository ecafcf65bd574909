/** Whether a request brings the password or key that its route asks for. No line shows a password or key. */
import { createHash } from 'node:crypto';
import type { ApiKeyAuth, BasicAuth, Handling } from '../plan/types.ts';
import { headerValues, type Request } from './request.ts';
import { cookiesOf, queryParameters } from './route-match.ts';

export interface Proof {
  readonly proven: boolean;
  /** `basic auth: user ann`. */
  readonly because: string;
}

/** In Envoy's order; what is refused ends it. */
export function prove({ basicAuth, apiKeyAuth }: Handling, request: Request): Proof[] {
  const proofs: Proof[] = [];
  if (apiKeyAuth !== undefined) proofs.push(byKey(apiKeyAuth, request));
  if (basicAuth !== undefined && proofs.every(({ proven }) => proven))
    proofs.push(byPassword(basicAuth, request));
  return proofs;
}

function byPassword({ users }: BasicAuth, request: Request): Proof {
  const refused = (why: string): Proof => ({ proven: false, because: `basic auth: ${why}` });
  const [written = ''] = headerValues(request, 'authorization');
  if (!/^basic /i.test(written)) return refused('no name and password in authorization');
  const text = Buffer.from(written.slice('basic '.length), 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const name = text.slice(0, colon);
  const hash = createHash('sha1')
    .update(text.slice(colon + 1))
    .digest('base64');
  const known = users.revealText().split('\n').includes(`${name}:{SHA}${hash}`);
  return colon > 0 && known
    ? { proven: true, because: `basic auth: user ${name}` }
    : refused('name and password are not those of a user');
}

const BEARER = 'Bearer ';

function byKey({ keys, sources }: ApiKeyAuth, request: Request): Proof {
  const refused = (why: string): Proof => ({ proven: false, because: `api key: ${why}` });
  for (const { kind, name } of sources) {
    const key = {
      header: () => headerValues(request, name.toLowerCase())[0],
      query: () => queryParameters(request.path).get(name),
      cookie: () => cookiesOf(request).get(name),
    }[kind]();
    if (key === undefined || key === '') continue;
    const bare = kind === 'header' && key.startsWith(BEARER) ? key.slice(BEARER.length) : key;
    const found = keys.find((one) => one.key.revealText() === bare);
    return found === undefined
      ? refused(`the key in ${kind} ${name} is nobody's`)
      : { proven: true, because: `api key: client ${found.client}` };
  }
  return refused(`no key in ${sources.map(({ kind, name }) => `${kind} ${name}`).join(', ')}`);
}
