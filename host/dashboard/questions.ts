/** What a page asks for once: lines of a pool, the way of a request, keys that move, how a report is read. */

import type { OrcaPolicy } from '../explain/orca.ts';
import { hostAddress } from '../filter/host-address.ts';
import type { NamedPlan } from '../live/stable-names.ts';
import type { Plan, Pool } from '../plan/types.ts';
import type { History } from './contract.ts';
import { type Asked, CurlError, readCurl } from './curl.ts';
import type { Listings } from './listings.ts';
import type { Answer } from './server.ts';
import type { Timeline } from './timeline.ts';
import type { Traffic } from './traffic-history.ts';
import { slotsAround, Unanswerable, whatIf, whatMoved } from './what-if.ts';
import type { World } from './world.ts';

/** Of one list in a question. */
const MAX_LISTED = 8;
/** Of one value of such a list, and of what is said of it. */
const MAX_TEXT = 512;
const MAX_PROBLEM = 4_096;
const MAX_HEADER_LINES = 64;

interface Sources {
  readonly world: World;
  readonly listings: Listings;
  readonly timeline: Timeline;
  readonly traffic: (gateway: string) => Traffic;
}

export class Questions {
  readonly #sources: Sources;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /** Undefined: there is no such question. */
  ask(name: string, query: URLSearchParams): Answer | undefined {
    const gateway = query.get('gateway') ?? this.#sources.world.gateways()[0] ?? '';
    try {
      switch (name) {
        case 'history':
          return { value: this.#history(gateway, query.get('pool') ?? '') };
        case 'explain':
          return { value: this.#explain(gateway, query) };
        case 'what-if':
          return { value: this.#whatIf(gateway, query) };
        case 'moved':
          return { value: this.#moved(gateway, Number(query.get('change')), query.get('pool') ?? '') };
        case 'report':
          return { value: this.#report(gateway, query) };
        default:
          return undefined;
      }
    } catch (error) {
      return { problem: (error as Error).message.slice(0, MAX_PROBLEM) };
    }
  }

  #history(gateway: string, id: string): History {
    const found = this.#sources.listings.of(gateway)?.pools.get(id);
    if (found === undefined) throw new Unanswerable(`there is no pool ${id}`);
    return this.#sources.traffic(gateway).history(found.row);
  }

  #explain(gateway: string, query: URLSearchParams) {
    const curl = query.get('curl');
    const asked: Asked =
      curl === null
        ? {
            url: query.get('url') ?? '',
            method: query.get('method') ?? undefined,
            headers: given(query, 'header', MAX_HEADER_LINES),
          }
        : readCurlLine(curl);
    const explanation = this.#sources.world.explain(gateway, {
      ...asked,
      sourceIp: query.get('source-ip') || undefined,
      unhealthy: lines(query, 'unhealthy'),
      utilization: lines(query, 'utilization'),
    });
    const { plan } = this.#inForce(gateway);
    const slots = explanation.pools.map(({ pool, choice }) =>
      choice.kind === 'key' && choice.pick !== undefined && explanation.route !== undefined
        ? slotsAround(this.#sources.world.module(), plan, explanation.route.name, pool, choice.pick.slot)
        : undefined,
    );
    return { explanation, slots };
  }

  #whatIf(gateway: string, query: URLSearchParams) {
    const change = { remove: lines(query, 'remove'), add: lines(query, 'add'), weights: [] };
    const { plan } = this.#inForce(gateway);
    return whatIf(this.#sources.world.module(), plan, query.get('pool') ?? '', change);
  }

  #moved(gateway: string, id: number, pool: string) {
    const plans = this.#sources.timeline.plans(id);
    if (plans === undefined) throw new Unanswerable('this change is too long ago, or moved no keys');
    const moved = whatMoved(this.#sources.world.module(), plans, pool);
    const hosts = [plans.before, plans.after].flatMap(({ plan }) => hostsOf(plan, pool));
    return { ...moved, seen: this.#sources.traffic(gateway).seen(pool, [...new Set(hosts)], plans.at) };
  }

  /** By the names of metrics of a pool's policy, if one is named. */
  #report(gateway: string, query: URLSearchParams) {
    const pool = this.#sources.listings.of(gateway)?.pools.get(query.get('pool') ?? '')?.pool;
    return this.#sources.world.readReport(query.get('header') ?? '', orcaPolicyOf(pool));
  }

  #inForce(gateway: string): NamedPlan {
    const found = this.#sources.world.inForce(gateway);
    if (found === undefined) throw new Unanswerable(`there is no Gateway ${gateway}`);
    return found;
  }
}

const hostsOf = (plan: Plan, name: string): string[] =>
  (plan.pools.find((pool) => pool.name === name)?.localities ?? []).flatMap(({ endpoints }) =>
    endpoints.map(({ address, port }) => hostAddress(address, port)),
  );

export const orcaPolicyOf = (pool: Pool | undefined): OrcaPolicy =>
  pool?.balancer.kind === 'utilization' ? pool.balancer : { metricNames: [] };

/** @param most More are passed over. */
const given = (query: URLSearchParams, name: string, most: number): readonly string[] =>
  query
    .getAll(name)
    .filter((text) => text !== '')
    .slice(0, most);

const lines = (query: URLSearchParams, name: string): readonly string[] =>
  given(query, name, MAX_LISTED).map((text) => text.slice(0, MAX_TEXT));

function readCurlLine(line: string): Asked {
  try {
    return readCurl(line);
  } catch (error) {
    if (error instanceof CurlError)
      throw new Unanswerable(`This line of curl cannot be read: ${error.message}.`);
    throw error;
  }
}
