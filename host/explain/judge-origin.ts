/** Whether a request may come from the page that sent it. */
import { percentText } from '../envoy/fractions.ts';
import type { Csrf } from '../plan/types.ts';
import type { Judgement } from './authorize.ts';
import { fitsOrigin } from './explain-cors.ts';
import { headerValues, type Request } from './request.ts';
import { parseUrl } from './url.ts';

const CHANGING = ['POST', 'PUT', 'DELETE', 'PATCH'];

/** Undefined: the request changes nothing. Of those that are only counted, none is refused. */
export function judgeOrigin({ enforced, origins }: Csrf, request: Request): Judgement | undefined {
  if (!CHANGING.includes(request.method.toUpperCase())) return undefined;
  const source = sourceOf(request);
  const allowed = (because: string): Judgement => ({ allowed: true, because: `allowed (${because})` });
  if (source === targetOf(request)) return allowed('from a page of the host itself');
  const by = source === '' ? undefined : origins.find((one) => fitsOrigin(source, one));
  if (by !== undefined) return allowed(`from ${source}, by ${by}`);
  const why = source === '' ? 'it does not say from which page' : `from a page of ${source}`;
  if (enforced === 100) return { allowed: false, because: `refused (${why})` };
  return allowed(`${why}: refused for ${percentText(enforced)} of the requests, the others are counted`);
}

/** That of Origin, else of Referer; a page that is opaque says so in Origin. */
function sourceOf(request: Request): string {
  const [origin = ''] = headerValues(request, 'origin');
  const [referer = ''] = headerValues(request, 'referer');
  return origin === 'null' ? '' : hostOf(origin || referer);
}

const targetOf = ({ scheme = 'http', host }: Request): string => hostOf(`${scheme}://${host}`);

/** As Envoy has it: of what it cannot read as a URL, the whole text. */
const hostOf = (text: string): string => parseUrl(text)?.hostAndPort ?? text;
