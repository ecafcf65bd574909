/** The last changes, newest first, with the pools that they changed: for their moved keys. */
import type { Change } from '../live/outcome.ts';
import type { NamedPlan } from '../live/stable-names.ts';
import type { ChangeRow } from './contract.ts';

/** Changes that are listed. */
export const MAX_CHANGES = 200;
/** Of these the plans before and after are kept. */
const MAX_PLANS = 20;
/** Of one change. */
const MAX_LISTED = 50;

/** What a change was of and became; of those that were acknowledged. */
export interface Plans {
  /** When it was acknowledged, milliseconds since 1970. */
  readonly at: number;
  readonly before: NamedPlan;
  readonly after: NamedPlan;
}

export class Timeline {
  #rows: readonly ChangeRow[] = [];
  readonly #plans = new Map<number, Plans>();
  #next = 1;

  get rows(): readonly ChangeRow[] {
    return this.#rows;
  }

  /** @param at Milliseconds since 1970. */
  add(gateway: string, change: Change, at: number): void {
    const { parts, sources, result, reason, ms, envoys, before, after } = change;
    const id = this.#next++;
    const moved = after === undefined ? [] : withOtherHosts({ at, before, after });
    const row: ChangeRow = {
      ...{ id, at, gateway, result, reason, ms: Math.round(ms), moved },
      parts: parts.slice(0, MAX_LISTED),
      sources: sources.slice(0, MAX_LISTED),
      envoys: envoys.slice(0, MAX_LISTED),
    };
    this.#rows = [row, ...this.#rows].slice(0, MAX_CHANGES);
    if (after === undefined || moved.length === 0) return;
    this.#plans.set(id, { at, before, after });
    for (const old of [...this.#plans.keys()].slice(0, -MAX_PLANS)) this.#plans.delete(old);
  }

  /** Undefined: it is too long ago, or moved nothing. */
  plans(id: number): Plans | undefined {
    return this.#plans.get(id);
  }
}

/** Pools that send by key, in both, whose hosts differ. */
function withOtherHosts({ before, after }: Plans): string[] {
  const old = new Map(before.plan.pools.map((pool) => [pool.name, pool]));
  return after.plan.pools
    .filter(({ name, balancer, localities }) => {
      const was = old.get(name);
      return was !== undefined && balancer.kind === 'maglev' && was.localities !== localities;
    })
    .map(({ name }) => name)
    .slice(0, MAX_LISTED);
}
