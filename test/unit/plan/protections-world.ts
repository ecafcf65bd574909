/** Policies that restrict or protect, and whether what they target is closed. */
import { basics, httpRoute, type Manifest, rule, target, world } from './world.ts';

export const guard = (kind: string, spec: Manifest, group = 'gateway.envoyproxy.io/v1alpha1'): Manifest => ({
  apiVersion: group,
  kind,
  metadata: { name: 'guard', namespace: 'default' },
  spec,
});
export const security = (spec: Manifest): Manifest => guard('SecurityPolicy', { jwt: {}, ...spec });
export const onRoute = { targetRefs: [target('HTTPRoute', 'r')] };
/** Whether each rule of HTTPRoute r answers 500. */
export const closed = (
  ...manifests: (Manifest | Manifest[])[]
): { closed: boolean[]; severity: string | undefined } => {
  const w = world(
    ...basics,
    httpRoute('r', [rule('/a', { name: 'a' }), rule('/b', { name: 'b' })]),
    ...manifests,
  );
  const found = w.all.find(({ code }) => /^(protection|kind)-not-translated$/.test(code));
  return {
    closed: ['r/0', 'r/1'].map((name) => {
      const { action } = w.route(name);
      return action.kind === 'respond' && action.status === 500;
    }),
    severity: found?.severity,
  };
};

export const all = { closed: [true, true], severity: 'error' };
export const none = { closed: [false, false], severity: 'warning' };
export const open = { closed: [false, false], severity: undefined };
