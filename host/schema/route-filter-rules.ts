/**
 * The rules of route filters that zod cannot say: the union of a filter, its path, its mirror share, and
 * which filters can be combined. A filter that guards (ExternalAuth) is refused: without it, requests would
 * pass that it should stop.
 */

import { given } from '../basics/collections.ts';
import type { Path } from '../basics/path.ts';
import { nearestName } from '../diagnostics/nearest.ts';
import { checkCors } from './rule-cors.ts';
import { asList, asObject, asText, type Report } from './words/findings.ts';
import { checkFraction } from './words/fraction.ts';
import { checkUnion, eachDuplicate, type UnionMember } from './words/rules.ts';

const fieldOf: Readonly<Record<string, string>> = {
  RequestHeaderModifier: 'requestHeaderModifier',
  ResponseHeaderModifier: 'responseHeaderModifier',
  RequestMirror: 'requestMirror',
  RequestRedirect: 'requestRedirect',
  URLRewrite: 'urlRewrite',
  CORS: 'cors',
  ExtensionRef: 'extensionRef',
  ExternalAuth: 'externalAuth',
};
const UNION = Object.entries(fieldOf).map(
  ([type, field]): UnionMember => ({
    type,
    field,
    add: `Add ${field}, or correct the type.`,
    remove: `Make it a separate filter with type: ${type}.`,
  }),
);
const PATHS: readonly UnionMember[] = [
  { type: 'ReplaceFullPath', field: 'replaceFullPath' },
  { type: 'ReplacePrefixMatch', field: 'replacePrefixMatch' },
];
const grpcTypes = ['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestMirror', 'ExtensionRef'];
const typesOf = (grpc: boolean): string[] => (grpc ? grpcTypes : Object.keys(fieldOf));

/**
 * What zod cannot say: the union of a filter, its path, its mirror share, and which filters can be combined.
 */
export function checkFilters(raw: unknown, path: Path, grpc: boolean, report: Report): void {
  const seen = new Map<string, number>();
  for (const [i, entry] of asList(raw).entries()) {
    const filter = asObject(entry);
    const type = filter?.type;
    if (filter === undefined || typeof type !== 'string' || type === '') continue;
    const here = [...path, i];
    if (!typesOf(grpc).includes(type)) {
      const near = nearestName(type, typesOf(grpc));
      report.error([...here, 'type'], {
        code: 'value-unknown',
        message: `type must be one of ${typesOf(grpc).join(', ')}, not ${JSON.stringify(type)}.`,
        value: type,
        rule: `The filters of ${grpc ? 'a GRPCRoute' : 'an HTTPRoute'} are ${typesOf(grpc).join(', ')}.`,
        hint: given(near, (name) => `Did you mean ${name}?`),
      });
      continue;
    }
    checkUnion(filter, UNION, 'filter', here, report);
    if (type === 'ExternalAuth') {
      report.error([...here, 'type'], {
        code: 'filter-not-supported',
        message: `The filter ${type} is not supported, and must not be left out silently.`,
        value: type,
        rule: 'A filter that cannot be applied must not let requests through (Gateway API, HTTPRouteFilter).',
        hint: 'Remove it, if the route is safe without.',
      });
    }
    const first = seen.get(type);
    if (first !== undefined && type !== 'RequestMirror' && type !== 'ExtensionRef') {
      report.error([...here, 'type'], {
        code: 'filter-conflict',
        message: `The filter ${type} occurs twice; the first is at [${first}].`,
        value: type,
        rule: `A rule may have one filter of type ${type}.`,
        hint: 'Join the two.',
      });
    }
    if (first === undefined) seen.set(type, i);
    checkModifier(filter.requestHeaderModifier, [...here, 'requestHeaderModifier'], report);
    checkModifier(filter.responseHeaderModifier, [...here, 'responseHeaderModifier'], report);
    for (const field of ['requestRedirect', 'urlRewrite'])
      checkPath(asObject(filter[field])?.path, [...here, field, 'path'], report);
    checkCors(filter.cors, [...here, 'cors'], report);
    checkMirror(filter.requestMirror, [...here, 'requestMirror'], report);
  }
  const redirect = seen.get('RequestRedirect');
  const cors = seen.get('CORS');
  if (redirect !== undefined && cors !== undefined)
    report.warning([...path, cors, 'type'], {
      code: 'filter-conflict',
      message: 'CORS has no effect beside RequestRedirect: Envoy answers with the redirect alone.',
      value: 'CORS',
      rule: 'CORS holds where requests are forwarded.',
      hint: 'Give the place that the redirect leads to the filter CORS.',
    });
  if (redirect !== undefined && seen.has('URLRewrite')) {
    report.error([...path, redirect, 'type'], {
      code: 'filter-conflict',
      message: 'RequestRedirect and URLRewrite stand together.',
      rule: 'A rule may have one of RequestRedirect and URLRewrite.',
      hint: 'A redirect is never sent upstream: remove the rewrite.',
    });
  }
}

function checkModifier(raw: unknown, path: Path, report: Report): void {
  const modifier = asObject(raw);
  for (const field of ['set', 'add', 'remove']) {
    const names = asList(modifier?.[field]).map((entry) =>
      asText(field === 'remove' ? entry : asObject(entry)?.name),
    );
    eachDuplicate(
      names,
      (name) => name?.toLowerCase(),
      (i, first, name) =>
        report.error([...path, field, i, ...(field === 'remove' ? [] : ['name'])], {
          code: 'header-duplicate',
          message: `The header ${name} occurs twice in ${field}; the first is at [${first}].`,
          value: name,
          rule: 'A header may stand once in a list; upper and lower case are the same.',
          hint: 'Remove one of the two.',
        }),
    );
  }
}

function checkPath(raw: unknown, path: Path, report: Report): void {
  const modifier = asObject(raw);
  if (modifier === undefined) return;
  checkUnion(modifier, PATHS, '', path, report);
}

function checkMirror(raw: unknown, path: Path, report: Report): void {
  const mirror = asObject(raw);
  if (mirror === undefined) return;
  checkPort(mirror.backendRef, [...path, 'backendRef'], report);
  const fraction = asObject(mirror.fraction);
  if (fraction !== undefined && mirror.percent !== undefined) {
    report.error([...path, 'fraction'], {
      code: 'field-conflict',
      message: 'percent and fraction stand together.',
      rule: 'A mirror may have one of percent and fraction.',
      hint: 'Remove one of the two.',
      point: 'key',
    });
  }
  const rule = 'numerator must be less than or equal to denominator (100 where absent).';
  checkFraction(fraction, [...path, 'fraction'], report, rule);
}

/** A reference to a Service needs a port; one to a Backend has its ports there. */
export function checkPort(raw: unknown, path: Path, report: Report): void {
  const ref = asObject(raw);
  if (ref === undefined || ref.port !== undefined) return;
  if ((ref.group ?? '') !== '' || (ref.kind ?? 'Service') !== 'Service') return;
  report.error([...path, 'port'], {
    code: 'field-missing',
    message: `The reference to the Service ${JSON.stringify(ref.name ?? '')} has no port.`,
    rule: 'A reference to a Service needs a port.',
    hint: 'Add port.',
    point: [...path, 'name'],
  });
}
