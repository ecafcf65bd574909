/** A route with one rule, and a policy on it. */
import { basics, httpRoute, type Manifest, policy, target, world } from './world.ts';

export const one = (r: Manifest, ...more: Manifest[]) => world(basics, httpRoute('r', [r]), more);
export const on = (spec: Manifest): Manifest => policy('p', [target('HTTPRoute', 'r')], spec);
