/**
 * The kinds that exist beside ours and are not translated, in one list. Most are named in a warning and left
 * out. Those that restrict or protect must not be left out: what they target would be served open
 * (host/plan/policies/protections.ts refuses it).
 */
import type { ProtectionKind } from '../model/resources.ts';

type Spec = Readonly<Record<string, unknown>>;

export type OtherKind =
  | {
      readonly group: string;
      readonly kind: string;
      readonly open?: undefined;
    }
  | ProtectingKind;
export interface ProtectingKind {
  readonly group: string;
  readonly kind: ProtectionKind;
  readonly open: Open;
}
/**
 * What becomes of a target without this document, after "would be": `served without its jwt`. Undefined:
 * nothing that restricts or protects is in it.
 */
export type Open = (spec: Spec) => string | undefined;

export const ourGroups: readonly string[] = [
  'gateway.networking.k8s.io',
  'gateway.networking.x-k8s.io',
  'gateway.envoyproxy.io',
  'discovery.k8s.io',
];

/** Says where a policy applies, not what it does. */
const AIMS = ['targetRef', 'targetRefs', 'targetSelectors', 'selector', 'mergeType', 'priority'];

/** Every field but these restricts: one that we do not know of may. */
export const allBut =
  (...harmless: readonly string[]) =>
  (spec: Spec): string | undefined => {
    const fields = Object.keys(spec).filter((field) => ![...AIMS, ...harmless].includes(field));
    return fields.length === 0 ? undefined : `served without its ${fields.sort().join(', ')}`;
  };

const GATEWAY = 'gateway.networking.k8s.io';
const EXPERIMENTAL = 'gateway.networking.x-k8s.io';
const ENVOY_GATEWAY = 'gateway.envoyproxy.io';
const named = (group: string, ...kinds: readonly string[]): OtherKind[] =>
  kinds.map((kind) => ({ group, kind }));

export const otherKinds: readonly OtherKind[] = [
  // Listeners that are not served: nothing is open.
  ...named(EXPERIMENTAL, 'XListenerSet', 'XMesh'),
  // Session persistence, and bounds on retries that are ours to make.
  ...named(GATEWAY, 'BackendLBPolicy'),
  ...named(EXPERIMENTAL, 'XBackendTrafficPolicy'),
  // How Envoy Gateway itself runs.
  ...named(ENVOY_GATEWAY, 'EnvoyGateway'),
  // An extension may refuse requests, a patch may add whatever does.
  { group: ENVOY_GATEWAY, kind: 'EnvoyExtensionPolicy', open: allBut() },
  { group: ENVOY_GATEWAY, kind: 'EnvoyPatchPolicy', open: allBut('type') },
  // Others' policies that attach to Gateways and routes.
  { group: 'security.istio.io', kind: 'AuthorizationPolicy', open: () => 'served without its rules' },
  { group: 'security.istio.io', kind: 'RequestAuthentication', open: allBut() },
  { group: 'kuadrant.io', kind: 'AuthPolicy', open: allBut() },
  { group: 'kuadrant.io', kind: 'RateLimitPolicy', open: allBut() },
  { group: 'kuadrant.io', kind: 'TokenRateLimitPolicy', open: allBut() },
];
const byName = new Map(otherKinds.map((other) => [`${other.group}/${other.kind}`, other]));

export const otherKind = (group: string, kind: string): OtherKind | undefined =>
  byName.get(`${group}/${kind}`);
