/**
 * A policy that is not translated and must not be left out → its targets. It is read loosely: its own fields
 * mean nothing here. Where a target cannot be read, it closes all that it could target.
 */
import type { Document } from '../manifests/documents.ts';
import { NAMELESS } from '../model/protection.ts';
import type { PolicyTargetSelector, Protection, ProtectionRef } from '../model/resources.ts';
import type { ProtectingKind } from './other-kinds.ts';
import { limits } from './policy/backend-traffic-policy.ts';
import { asList, asObject } from './words/findings.ts';
import { groupOf } from './words/kind.ts';
import { isNamespaceName, isObjectName } from './words/names.ts';

type Fields = Readonly<Record<string, unknown>>;

const REFUSED_TRAFFIC = 'BackendTrafficPolicy (refused)';
const REFUSED_TLS = 'BackendTLSPolicy (refused)';
const REFUSED_CLIENTS = 'ClientTrafficPolicy (refused)';
/** What policies attach to. */
const TARGETS: readonly string[] = [
  ...['GatewayClass', 'Gateway', 'ListenerSet', 'XListenerSet', 'Service', 'ServiceEntry', 'Backend'],
  ...['HTTPRoute', 'GRPCRoute', 'TCPRoute', 'TLSRoute', 'UDPRoute'],
];
const TLS_TARGETS: readonly string[] = ['Service', 'Backend'];
const CLIENT_TARGETS: readonly string[] = ['Gateway', 'ListenerSet'];
/** They may target a GatewayClass, which is in no namespace. */
const REACH_ALL: readonly string[] = ['EnvoyPatchPolicy', 'AuthorizationPolicy', 'RequestAuthentication'];
/** Of Istio: without a target they are for workloads, of which we have none. */
const NEED_NO_TARGET: readonly string[] = ['AuthorizationPolicy', 'RequestAuthentication'];

/** Undefined when it restricts nothing. */
export function protection(other: ProtectingKind, document: Document): Protection | undefined {
  const { apiVersion, metadata: rawMetadata, spec: rawSpec } = document.value;
  const spec = asObject(rawSpec);
  const { damaged } = document;
  const hidden = spec === undefined || repeated(document).length > 0;
  const partly = PARTLY.includes(other.kind);
  const found = damaged === undefined ? other.open(spec ?? {}) : partly ? openWithout(damaged) : undefined;
  const open = found ?? (hidden && !partly ? UNKNOWN : undefined);
  if (open === undefined) return undefined;
  const { name, namespace } = asObject(rawMetadata) ?? {};
  const refs = [...(spec?.targetRef === undefined ? [] : [spec.targetRef]), ...asList(spec?.targetRefs)];
  const everything = unread(other, document, refs);
  const targetRefs = refs.flatMap(toRef);
  const targetSelectors = asList(spec?.targetSelectors).flatMap(toSelector);
  if (everything === undefined && targetRefs.length + targetSelectors.length === 0) return undefined;
  return {
    protects: true,
    kind: other.kind,
    apiVersion: groupOf(apiVersion) === other.group ? String(apiVersion) : `${other.group}/v1`,
    metadata: {
      name: isObjectName(name) ? name : NAMELESS,
      namespace: namespace === undefined ? 'default' : isNamespaceName(namespace) ? namespace : NAMELESS,
      labels: {},
      annotations: {},
    },
    spec: { open, targetRefs, targetSelectors, ...(everything === undefined ? {} : { everything }) },
    at: document.at,
    order: document.order,
  };
}
/** What limits or protects is only a part of these; the others are for nothing else. */
const PARTLY: readonly string[] = [REFUSED_TRAFFIC];
const UNKNOWN = 'served without it';
/** By the keys that a document has which cannot be parsed. */
const openWithout = (keys: ReadonlySet<string>): string | undefined =>
  limits.some((limit) => keys.has(limit)) ? UNKNOWN : undefined;
const repeated = ({ repeatedKeys = [] }: Document): readonly string[] => repeatedKeys;

/** Why not all of its targets are known, and where they may be. */
function unread(
  { kind: policy }: ProtectingKind,
  document: Document,
  refs: readonly unknown[],
): Protection['spec']['everything'] {
  const { metadata, spec: raw } = document.value;
  const spec = asObject(raw);
  const { namespace = 'default' } = asObject(metadata) ?? {};
  const kinds = policy === REFUSED_TLS ? TLS_TARGETS : policy === REFUSED_CLIENTS ? CLIENT_TARGETS : TARGETS;
  const selectors = asList(spec?.targetSelectors);
  const badRef = refs.find((ref) => {
    const { kind, name, namespace: of = 'default' } = asObject(ref) ?? {};
    return !(kinds.includes(String(kind)) && isObjectName(name) && isNamespaceName(of));
  });
  const badSelector = selectors.find((one) => !TARGETS.includes(String(asObject(one)?.kind)));
  const { targetRefs, targetSelectors } = spec ?? {};
  const none = refs.length + selectors.length === 0;
  const needsNone = NEED_NO_TARGET.includes(policy) && targetRefs === undefined;
  const faults: readonly (readonly [boolean, string])[] = [
    [document.damaged !== undefined, 'it is no valid YAML'],
    [asObject(metadata) === undefined, 'metadata is not a mapping'],
    [!isNamespaceName(namespace), 'metadata.namespace is not the name of a namespace'],
    [repeated(document).length > 0, 'a key stands twice in it'],
    [spec === undefined, 'spec is not a mapping'],
    [targetRefs !== undefined && !Array.isArray(targetRefs), 'spec.targetRefs is not a list'],
    [targetSelectors !== undefined && !Array.isArray(targetSelectors), 'spec.targetSelectors is not a list'],
    [badRef !== undefined, 'a target has no kind, name or namespace that can be'],
    [badSelector !== undefined, 'a selector has no kind that can be'],
    [none && !needsNone, 'it names no target'],
  ];
  const because = faults.find(([found]) => found)?.[1];
  if (because === undefined) return undefined;
  const elsewhere =
    REACH_ALL.includes(policy) ||
    targetSelectors !== undefined ||
    asObject(badRef)?.namespace !== undefined ||
    asObject(metadata) === undefined ||
    repeated(document).some((key) => key === 'metadata' || key === 'namespace');
  return elsewhere || !isNamespaceName(namespace) ? { because } : { because, namespace };
}

const textOr = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);
const optional = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function toRef(raw: unknown): ProtectionRef[] {
  const { kind, name, namespace, sectionName } = asObject(raw) ?? {};
  if (typeof kind !== 'string' || !isObjectName(name)) return [];
  return [{ kind, name, namespace: optional(namespace), sectionName: optional(sectionName) }];
}

function toSelector(raw: unknown): PolicyTargetSelector[] {
  const { group, kind, namespaces, ...labels } = asObject(raw) ?? {};
  if (typeof kind !== 'string') return [];
  const { from, selector } = asObject(namespaces) ?? {};
  const where = from === 'All' || from === 'Selector' ? from : 'Same';
  return [
    {
      group: textOr(group, ''),
      kind,
      namespaces: { from: where, selector: labelsOf(asObject(selector) ?? {}) },
      ...labelsOf(labels),
    },
  ];
}

/** What cannot be read is left out, which selects more: in doubt it is closed. */
function labelsOf({ matchLabels, matchExpressions }: Fields) {
  const labels = Object.entries(asObject(matchLabels) ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;
  const expressions = asList(matchExpressions).flatMap((raw) => {
    const { key, operator, values } = asObject(raw) ?? {};
    const known = operators.find((one) => one === operator);
    return typeof key === 'string' && known !== undefined
      ? [{ key, operator: known, values: asList(values).map(String) }]
      : [];
  });
  return { matchLabels: Object.fromEntries(labels), matchExpressions: expressions };
}
