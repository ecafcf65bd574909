/**
 * References of rules to an HTTPRouteFilter, with what it refers to itself. What is not there, or what Envoy
 * would not take, makes the rule answer 500, as with Envoy Gateway.
 */
import { ENVOY_GATEWAY_GROUP } from '../../model/groups.ts';
import type { ModelIndex } from '../../model/index.ts';
import type {
  AnyRoute,
  HTTPRouteFilter,
  HTTPRouteFilterSpec,
  Injection,
  RouteFilter,
} from '../../model/resources.ts';
import { editFault, patternFault } from '../../regex/re2.ts';
import { answerBodies } from '../answer-body.ts';
import { keyOf, label } from '../from.ts';
import type { FindSecret } from '../tls/secret-refs.ts';
import type { RouteError } from './rule-filters.ts';

type Reference = Extract<RouteFilter, { type: 'ExtensionRef' }>['extensionRef'];

/** An HTTPRouteFilter with what it refers to put in. */
export interface Extension extends Pick<HTTPRouteFilterSpec, 'matches' | 'rewrite'> {
  readonly answer?: NonNullable<HTTPRouteFilterSpec['answer']> & { readonly because: string };
  readonly injection?: Injection;
}
type Problem = Omit<RouteError, 'path'>;
export type FoundExtension =
  | { readonly extension: Extension; readonly problem?: undefined }
  | { readonly extension?: undefined; readonly problem: Problem };
export type FindExtension = (route: AnyRoute, ref: Reference) => FoundExtension;

export const isSuccess = (status: number): boolean => status >= 200 && status < 300;

export function extensionFinder(
  index: Pick<ModelIndex, 'routeFilter' | 'configMap'>,
  findSecret: FindSecret,
): FindExtension {
  const bodyOf = answerBodies(index);
  const read = (found: HTTPRouteFilter): FoundExtension => {
    const { matches, rewrite, answer } = found.spec;
    const { namespace } = found.metadata;
    const fault = rewriteFault(rewrite) ?? cookieFault(matches);
    if (fault !== undefined) return invalid(`HTTPRouteFilter ${keyOf(found)}: ${fault}`);
    const { injection, problem } = injectionOf(found, findSecret);
    if (problem !== undefined) return { problem };
    const shown = injection === undefined ? {} : { injection };
    if (answer === undefined) return { extension: { matches, rewrite, ...shown } };
    const because = `HTTPRouteFilter ${keyOf(found)} says so`;
    const { configMap } = answer;
    if (configMap === undefined) return { extension: { matches, rewrite, answer: { ...answer, because } } };
    const body = bodyOf(namespace, configMap);
    if (body === undefined)
      return {
        problem: {
          ...INVALID,
          message: `invalid filter HTTPRouteFilter: can't find the referenced configmap ${namespace}/${configMap}`,
          code: 'body-unresolved',
          missing: { kind: 'ConfigMap', namespace, name: configMap },
        },
      };
    return { extension: { matches, rewrite, answer: { ...answer, body, because } } };
  };
  return (route, { group, kind, name }) => {
    if (group !== ENVOY_GATEWAY_GROUP || kind !== 'HTTPRouteFilter')
      return invalid(`invalid filter ExtensionRef: unknown kind ${group}/${kind}`);
    const { namespace } = route.metadata;
    const found = index.routeFilter(namespace, name);
    if (found !== undefined) return read(found);
    return {
      problem: {
        condition: 'ResolvedRefs',
        reason: 'UnsupportedValue',
        message: `Unable to translate HTTPRouteFilter: ${namespace}/${name}`,
        detail: `There is no HTTPRouteFilter ${namespace}/${name}`,
        code: 'filter-unresolved',
        missing: { kind, namespace, name },
      },
    };
  };
}

const INVALID = { condition: 'Accepted', reason: 'UnsupportedValue' } as const;
const invalid = (message: string): FoundExtension => ({ problem: { ...INVALID, message } });

/** Envoy Gateway's (InjectedCredentialKey). */
const CREDENTIAL = 'credential';
/** As the value of a header (RFC 9110, section 5.5). */
const isWritable = (bytes: Uint8Array): boolean =>
  bytes.every((byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f));

/** No message shows the value. */
function injectionOf(
  filter: HTTPRouteFilter,
  findSecret: FindSecret,
):
  | { readonly injection?: Injection; readonly problem?: undefined }
  | { readonly injection?: undefined; readonly problem: Problem } {
  const ref = filter.spec.injection;
  if (ref === undefined) return {};
  const { namespace } = filter.metadata;
  const from = { group: ENVOY_GATEWAY_GROUP, kind: 'HTTPRouteFilter', namespace };
  const { secret, problem } = findSecret(from, ref.secret);
  const refuse = (message: string, code: string): { readonly problem: Problem } => ({
    problem: {
      ...INVALID,
      message: `invalid filter HTTPRouteFilter: ${message}`,
      code,
      missing: problem?.missing,
    },
  });
  if (problem !== undefined) return refuse(problem.message, 'credential-unresolved');
  const entry = secret.spec.entries.get(CREDENTIAL);
  const unusable = (why: string) => refuse(`${label(secret)}: ${why}`, 'credential-invalid');
  if (entry?.fault !== undefined) return unusable(`its ${CREDENTIAL} ${entry.fault}`);
  if (entry === undefined || entry.value.size === 0)
    return unusable(`it has nothing under the key "${CREDENTIAL}", where the value of the header belongs`);
  const bytes = entry.value.reveal();
  if (bytes.at(-1) === 0x0a) return unusable(`its ${CREDENTIAL} ends in a line break (printf makes none)`);
  if (!isWritable(bytes)) return unusable(`its ${CREDENTIAL} holds what no header may hold`);
  const { header, overwrite } = ref;
  const name = keyOf(filter);
  return { injection: { name, header, overwrite, credential: entry.value } };
}

/** One expression that Envoy does not take would make it refuse the whole configuration. */
function rewriteFault(rewrite: HTTPRouteFilterSpec['rewrite']): string | undefined {
  const edits = [rewrite?.path, rewrite?.host?.kind === 'path' ? rewrite.host : undefined];
  for (const edit of edits) {
    const fault = edit === undefined ? undefined : editFault(edit.pattern, edit.substitution);
    if (fault !== undefined)
      return `${edit === rewrite?.path ? 'ReplaceRegexMatch' : 'PathRegex'} must be a valid RE2 regular expression: ${fault}`;
  }
  return undefined;
}

function cookieFault(matches: HTTPRouteFilterSpec['matches']): string | undefined {
  for (const { type, name, value } of matches.flatMap(({ cookies }) => cookies)) {
    const fault = type === 'RegularExpression' ? patternFault(value) : undefined;
    if (fault !== undefined) return `cookie ${name}: ${fault}: "${value}"`;
  }
  return undefined;
}
