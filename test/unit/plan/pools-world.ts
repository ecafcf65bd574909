/** Manifests of rules with several backends, and what is asked of their pools. */
import type { Pool } from '../../../host/plan/types.ts';
import { httpRoute, type Manifest, policy, rule, service, slice, target } from './world.ts';

export const second = [service('other'), slice('other-1', 'other', ['10.0.1.1'])];
export const shares = (...refs: Manifest[]): Manifest => httpRoute('r', [rule('/', { backendRefs: refs })]);
export const on = (loadBalancer: Manifest): Manifest => policy('p', [target('HTTPRoute', 'r')], loadBalancer);
export const RULE = 'httproute/default/r/rule/0';
export const hosts = (pool: Pool): string[] =>
  pool.localities.map((l) => l.endpoints.map((e) => `${e.address}:${e.port}`).join(' '));
export const places = (pool: Pool): [string | undefined, number | undefined][] =>
  pool.localities.map((l) => [l.zone ?? l.region, l.weight]);
