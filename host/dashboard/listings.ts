/** The rows of what is in force, made once for each configuration. */
import { equal } from '../basics/equal.ts';
import type { NamedPlan } from '../live/stable-names.ts';
import type { Overview } from './contract.ts';
import { overviewOf } from './overview.ts';
import type { ShownPool } from './traffic-history.ts';
import type { World } from './world.ts';

export interface Listing {
  readonly overview: Overview;
  readonly pools: ReadonlyMap<string, ShownPool>;
}

export class Listings {
  readonly #world: World;
  readonly #made = new WeakMap<NamedPlan, Listing>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Undefined: there is no such Gateway. */
  of(gateway: string): Listing | undefined {
    const inForce = this.#world.inForce(gateway);
    if (inForce === undefined) return undefined;
    const known = this.#made.get(inForce);
    const gateways = this.#world.gateways();
    if (known !== undefined && equal(known.overview.gateways, gateways)) return known;
    const { program, version } = this.#world;
    const overview = overviewOf(inForce, { program, version, gateway, gateways });
    const pools = new Map(inForce.plan.pools.map((pool) => [pool.name, pool]));
    const shown = overview.pools.map((row) => [row.id, { row, pool: pools.get(row.id)! }] as const);
    const made = { overview, pools: new Map(shown) };
    this.#made.set(inForce, made);
    return made;
  }
}
