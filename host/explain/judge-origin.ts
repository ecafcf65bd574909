/** Whether a request may come from the page that sent it. */
import { given } from '../basics/collections.ts';
import type { Csrf } from '../plan/types.ts';
import type { Judgement } from './authorize.ts';
import { fitsOrigin } from './explain-cors.ts';
import { headerValues, type Request } from './request.ts';

const CHANGING = ['POST', 'PUT', 'DELETE', 'PATCH'];

/** Undefined: the request changes nothing. Of those that are only counted, none is refused. */
export function judgeOrigin({ enforced, origins }: Csrf, request: Request): Judgement | undefined {
  if (!CHANGING.includes(request.method.toUpperCase())) return undefined;
  const source = sourceOf(request);
  const allowed = (because: string): Judgement => ({ allowed: true, because: `allowed (${because})` });
  if (source === request.host) return allowed('from a page of the host itself');
  const by = source === '' ? undefined : origins.find((one) => fitsOrigin(source, one));
  if (by !== undefined) return allowed(`from ${source}, by ${by}`);
  const why = source === '' ? 'it does not say from which page' : `from a page of ${source}`;
  if (enforced === 100) return { allowed: false, because: `refused (${why})` };
  return allowed(`${why}: refused for ${enforced} % of the requests, the others are counted`);
}

/** Envoy takes the host and port of Origin, else of Referer; a page that is opaque says so in Origin. */
function sourceOf(request: Request): string {
  const [origin = ''] = headerValues(request, 'origin');
  const [referer = ''] = headerValues(request, 'referer');
  return origin === 'null' ? '' : hostOf(origin) || hostOf(referer);
}

function hostOf(url: string): string {
  const [, rest] = url.split('://', 2);
  return given(rest, (one) => one.split(/[/?#]/, 1)[0]) ?? url;
}
