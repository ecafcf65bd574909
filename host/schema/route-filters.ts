/**
 * Filters of HTTPRoute and GRPCRoute rules: their fields, and what the model makes of them; their rules are
 * in route-filter-rules.ts.
 */
import { given } from '../basics/collections.ts';
import type { HeaderModifier, PathModifier, RouteFilter } from '../model/resources.ts';
import { corsSchema, toCors } from './rule-cors.ts';
import { fractionSchema, toFraction } from './words/fraction.ts';
import { group, headerName, kindName, labelName, port, preciseHostname, refName } from './words/names.ts';
import { byRule, integer, list, object, oneOf, text } from './words/shape.ts';

const headers = () =>
  list(object({ name: headerName(), value: text({ min: 1, max: 4096 }) }), 0, 16).optional();
/**
 * The API takes any text here; Envoy refuses the whole configuration for a character that a header cannot
 * have.
 */
const removed = () => text({ pattern: /^[^\0\r\n]+$/, rule: 'a header name, on one line' });
const headerModifier = object({
  set: headers(),
  add: headers(),
  remove: list(removed(), 0, 16).optional(),
});
const newPath = () =>
  text({ max: 1024, pattern: /^[^\0\r\n]*$/, rule: 'a path of at most 1024 characters, on one line' });
const pathModifier = object({
  type: oneOf(['ReplaceFullPath', 'ReplacePrefixMatch']),
  replaceFullPath: newPath().optional(),
  replacePrefixMatch: newPath().optional(),
});
/** The fields that lead to a Service or Backend. */
export const backendObjectShape = {
  group: group().optional(),
  kind: kindName().optional(),
  namespace: labelName().optional(),
  name: refName(),
  port: port().optional(),
};

export const filterSchema = object({
  type: text({ min: 1 }),
  requestHeaderModifier: headerModifier.optional(),
  responseHeaderModifier: headerModifier.optional(),
  requestMirror: object({
    backendRef: object(backendObjectShape),
    percent: integer(0, 100).optional(),
    fraction: fractionSchema().optional(),
  }).optional(),
  requestRedirect: object({
    scheme: oneOf(['http', 'https']).optional(),
    hostname: preciseHostname().optional(),
    path: pathModifier.optional(),
    port: port().optional(),
    statusCode: oneOf([301, 302, 303, 307, 308]).optional(),
  }).optional(),
  urlRewrite: object({ hostname: preciseHostname().optional(), path: pathModifier.optional() }).optional(),
  cors: corsSchema.optional(),
  extensionRef: object({ group: group(), kind: kindName(), name: refName() }).optional(),
  externalAuth: byRule('refused'),
});
type CheckedFilter = ReturnType<typeof filterSchema.parse>;

/** The filters that are translated. */
export function toFilters(filters: readonly CheckedFilter[]): RouteFilter[] {
  return filters.flatMap((filter): RouteFilter[] => {
    switch (filter.type) {
      case 'RequestHeaderModifier':
        return [{ type: filter.type, requestHeaderModifier: toModifier(filter.requestHeaderModifier!) }];
      case 'ResponseHeaderModifier':
        return [{ type: filter.type, responseHeaderModifier: toModifier(filter.responseHeaderModifier!) }];
      case 'RequestRedirect': {
        const { path: edit, ...redirect } = filter.requestRedirect!;
        return [
          {
            type: filter.type,
            requestRedirect: { ...redirect, ...toPath(edit), statusCode: redirect.statusCode ?? 302 },
          },
        ];
      }
      case 'URLRewrite': {
        const { path: edit, ...rewrite } = filter.urlRewrite!;
        return [{ type: filter.type, urlRewrite: { ...rewrite, ...toPath(edit) } }];
      }
      case 'RequestMirror': {
        const { backendRef, percent, fraction } = filter.requestMirror!;
        return [
          {
            type: filter.type,
            requestMirror: {
              backendRef: {
                ...backendRef,
                group: backendRef.group ?? '',
                kind: backendRef.kind ?? 'Service',
              },
              percent,
              fraction: given(fraction, toFraction),
            },
          },
        ];
      }
      case 'CORS':
        return [{ type: filter.type, cors: toCors(filter.cors!) }];
      case 'ExtensionRef':
        return [{ type: filter.type, extensionRef: filter.extensionRef! }];
      default:
        // Refused by the rules (route-filter-rules.ts).
        return [];
    }
  });
}

const toModifier = (modifier: ReturnType<typeof headerModifier.parse>): HeaderModifier => ({
  set: modifier.set ?? [],
  add: modifier.add ?? [],
  remove: modifier.remove ?? [],
});

function toPath(path: ReturnType<typeof pathModifier.parse> | undefined): { path?: PathModifier } {
  if (path === undefined) return {};
  return path.type === 'ReplaceFullPath'
    ? { path: { type: path.type, replaceFullPath: path.replaceFullPath! } }
    : { path: { type: path.type, replacePrefixMatch: path.replacePrefixMatch! } };
}
