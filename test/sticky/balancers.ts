/**
 * Envoy's own balancers as models. What they know of requests under way, all workers share, as in Envoy,
 * where these are statistics of the host.
 */
import { randomFrom } from '../../demo/fakes/open-load.ts';

/** A request that a balancer has sent to a host. */
export interface Way {
  readonly host: number;
  /** The headers of the answer, with the load report. Why the key left its home, where the balancer tells. */
  answered(report: string | undefined): string | undefined;
  ended(): void;
}

export interface Balancer {
  /** @param at Number of the key; the worker is any number, equal ones are one worker. */
  send(worker: number, key: number): Way;
}

/** Requests under way at each host. */
class UnderWay {
  readonly hosts: number[];
  all = 0;

  constructor(hosts: number) {
    this.hosts = Array.from({ length: hosts }, () => 0);
  }

  send(host: number): Way {
    this.hosts[host]!++;
    this.all++;
    return {
      host,
      answered: () => undefined,
      ended: () => {
        this.hosts[host]!--;
        this.all--;
      },
    };
  }
}

/** @param homes The host of each key, by Maglev. */
export function pureHash(homes: readonly number[], hosts: number): Balancer {
  const underWay = new UnderWay(hosts);
  return { send: (_, key) => underWay.send(homes[key]!) };
}

/**
 * `hash_balance_factor` (thread_aware_lb_impl.cc): the home while it has at most `factor` times its share,
 * else the first such host of an order that the key decides, else the least loaded.
 */
export function boundedLoad(homes: readonly number[], hosts: number, factor: number): Balancer {
  const underWay = new UnderWay(hosts);
  const overload = (host: number): number => {
    const slots = Math.ceil(Math.ceil((underWay.all + 1) * factor) / hosts);
    return underWay.hosts[host]! / Math.max(1, slots);
  };
  return {
    send: (_, key) => {
      let best = homes[key]!;
      let least = overload(best);
      if (least <= 1) return underWay.send(best);
      for (const host of shuffled(hosts, randomFrom(key + 1))) {
        const load = overload(host);
        if (load <= 1) return underWay.send(host);
        if (load >= least) continue;
        least = load;
        best = host;
      }
      return underWay.send(best);
    },
  };
}

function shuffled(hosts: number, random: () => number): number[] {
  const order = Array.from({ length: hosts }, (_, i) => i);
  for (let i = hosts - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** Of two random hosts the one with fewer requests under way. */
export function leastRequest(hosts: number, random: () => number): Balancer {
  const underWay = new UnderWay(hosts);
  const any = (): number => Math.floor(random() * hosts);
  return {
    send: () => {
      const [one, other] = [any(), any()];
      return underWay.send(underWay.hosts[one]! <= underWay.hosts[other]! ? one : other);
    },
  };
}
