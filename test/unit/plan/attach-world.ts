/** Manifests of two listeners, and what is asked of a plan with several policies. */
import { gateway, gatewayClass, listener, type Manifest, upstream, type world } from './world.ts';

export const twoListeners = [
  gatewayClass,
  upstream,
  gateway('eg', [listener('http', 80), listener('alt', 8080)]),
].flat();
export const kinds = (w: ReturnType<typeof world>, ...names: string[]): string[] =>
  names.map((name) => w.pool(`httproute/default/${name}`).balancer.kind);
export const dated = (creationTimestamp: string): Manifest => ({ creationTimestamp });
