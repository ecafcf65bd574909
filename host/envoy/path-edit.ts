/**
 * Gateway API's path edits (ReplaceFullPath, ReplacePrefixMatch) in Envoy's terms. Envoy replaces a prefix as
 * text, so the slashes where the parts meet need care: `/app` → `/` must not make `//x` of `/app/x`, `/` →
 * `/new` not `/newx` of `/x`.
 */
import type { PathEdit } from '../plan/types.ts';
import type { RedirectActionJson, RouteActionJson } from '../proto/route_pb.js';

type PathRewrite = Pick<RouteActionJson, 'prefix_rewrite' | 'regex_rewrite'>;

/** What the pattern matches is replaced; groups are named in the substitution as RE2 has it. */
export const substitute = ({ pattern, substitution }: { pattern: string; substitution: string }) => ({
  pattern: { regex: pattern },
  substitution,
});

/** For a forwarded request; the query string is kept. */
export function rewritePath(edit: PathEdit): PathRewrite {
  if (edit.kind === 'pattern') return { regex_rewrite: substitute(edit) };
  return edit.kind === 'full'
    ? { regex_rewrite: substitute({ pattern: '^/.*$', substitution: escaped(edit.value) }) }
    : replacePrefix(edit.from, edit.value);
}

/** For a redirect. */
export function redirectPath(edit: PathEdit): RedirectActionJson {
  if (edit.kind === 'pattern') return rewritePath(edit);
  return edit.kind === 'full' ? { path_redirect: edit.value } : replacePrefix(edit.from, edit.value);
}

function replacePrefix(from: string, value: string): PathRewrite {
  const prefix = from.replace(/\/$/, '');
  const target = value.replace(/\/$/, '');
  if (prefix === '') return { prefix_rewrite: `${target}/` };
  if (target === '') {
    return { regex_rewrite: { pattern: { regex: `^${quoteRegex(prefix)}\\/*` }, substitution: '/' } };
  }
  return { prefix_rewrite: target };
}

/** A backslash begins a group reference in RE2's substitutions. */
const escaped = (value: string): string => value.replaceAll('\\', '\\\\');

/** Text as an RE2 pattern that matches it. */
export const quoteRegex = (text: string): string => text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
