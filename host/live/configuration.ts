/** Plan → what a running Envoy is to have, and the resources that it gets it as. */
import { Recent } from '../basics/recent.ts';
import { bootstrap, type KnownClusters } from '../envoy/bootstrap.ts';
import { withoutSecrets } from '../envoy/checked.ts';
import type { Bootstrap, EnvoyOptions } from '../envoy/envoy-types.ts';
import { servedCredentials } from '../envoy/handling/injection.ts';
import { servedAuthority, servedSecret } from '../envoy/tls.ts';
import { type FilterPlan, planFilter } from '../filter/plan.ts';
import type { Plan, Pool } from '../plan/types.ts';
import { type KnownParts, type Resources, resourcesOf } from '../xds/resources.ts';
import { withSamePools } from './same-pools.ts';
import { type NamedPlan, withStableNames } from './stable-names.ts';

export interface Configuration {
  readonly named: NamedPlan;
  readonly filter: FilterPlan;
  /** The same as one static file, for Envoy's own check: without what Envoy gets by name. */
  readonly bootstrap: Bootstrap;
  readonly resources: Resources;
}

export const liveOptions = (options: EnvoyOptions): EnvoyOptions => ({ ...options, live: true });

/** One configuration after another: what is made of a pool that did not change is the very same object. */
export class Configurations {
  readonly #options: EnvoyOptions;
  readonly #clusters: KnownClusters = new Recent();
  readonly #parts: KnownParts = new Recent();
  #before: Plan | undefined;

  /** @param options As liveOptions() gives them. */
  constructor(options: EnvoyOptions) {
    this.#options = options;
  }

  of(plan: Plan): Configuration {
    const { plan: renamed, labels } = planForChanges(plan);
    const named = { plan: withSamePools(renamed, this.#before), labels };
    this.#before = named.plan;
    const filter = planFilter(named.plan, this.#options.engine, true);
    const whole = bootstrap(named.plan, this.#options, filter, this.#clusters);
    const secrets = [
      ...plan.certificates.map((one) => [one.name, servedSecret(one)] as const),
      ...plan.authorities.map((one) => [one.name, servedAuthority(one)] as const),
      ...servedCredentials(named.plan),
    ];
    const resources = resourcesOf(whole, new Map(secrets), this.#parts);
    return { named, filter, bootstrap: withoutSecrets(whole), resources };
  }
}

/** One alone. @param options As liveOptions() gives them. */
export const configurationOf = (plan: Plan, options: EnvoyOptions): Configuration =>
  new Configurations(options).of(plan);

/** As an Envoy wants it that stays while the plan changes. */
export const planForChanges = (plan: Plan): NamedPlan =>
  withStableNames({ ...plan, pools: plan.pools.map(keepingSlots) });

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
