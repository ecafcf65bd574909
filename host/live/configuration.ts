/** Plan → what a running Envoy is to have, and the resources that it gets it as. */
import { bootstrap } from '../envoy/bootstrap.ts';
import { servedSecret, withoutTls } from '../envoy/tls.ts';
import type { Bootstrap, EnvoyOptions } from '../envoy/types.ts';
import { type FilterPlan, planFilter } from '../filter/plan.ts';
import type { Plan, Pool } from '../plan/types.ts';
import { type Resources, resourcesOf } from '../xds/resources.ts';
import { type NamedPlan, withStableNames } from './stable-names.ts';

export interface Configuration {
  readonly named: NamedPlan;
  readonly filter: FilterPlan;
  /** The same as one static file, for Envoy's own check: without TLS, since the keys are in no file. */
  readonly bootstrap: Bootstrap;
  readonly resources: Resources;
}

export const liveOptions = (options: EnvoyOptions): EnvoyOptions => ({ ...options, live: true });

/** @param options As liveOptions() gives them. */
export function configurationOf(plan: Plan, options: EnvoyOptions): Configuration {
  const named = withStableNames({ ...plan, pools: plan.pools.map(keepingSlots) });
  const filter = planFilter(named.plan, options.engine);
  const whole = bootstrap(named.plan, options, filter);
  const secrets = plan.certificates.map((one) => [one.name, servedSecret(one)] as const);
  const resources = resourcesOf(whole, new Map(secrets));
  return { named, filter, bootstrap: withoutTls(whole), resources };
}

/** A host that drains is about to go: for this while only its own keys shall move. */
const keepingSlots = (pool: Pool): Pool => ({
  ...pool,
  localities: pool.localities.map((locality) => ({
    ...locality,
    endpoints: locality.endpoints.map((endpoint) =>
      endpoint.draining ? { ...endpoint, keepsSlot: true } : endpoint,
    ),
  })),
});
