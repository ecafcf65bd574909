/** One policy in one scenario: what became of each request. Equal seeds give equal requests. */
import { CachedWork } from '../../demo/fakes/cached-work.ts';
import { randomFrom, rise, zipf } from '../../demo/fakes/open-load.ts';
import { Agenda } from './agenda.ts';
import { type Balancer, boundedLoad, leastRequest, pureHash } from './balancers.ts';
import { type FilterOptions, homesOf, untilHot } from './filter.ts';
import { namesOf, phases, RAMP_MS, rateOf, type Scenario, TIMEOUT_MS } from './scenario.ts';

export interface Sent {
  /** Milliseconds from the start. */
  readonly at: number;
  readonly host: number;
  readonly home: number;
  /** Until the headers of the answer; TIMEOUT_MS when the client gave up. */
  ms: number;
  answered: boolean;
  hit: boolean;
  /** Why the key left its home, where the policy tells. */
  why?: string | undefined;
}

export const policies = {
  'pure hash': 'pure',
  'least request': 'least',
  'bounded load 1.25': 1.25,
  'bounded load 2.0': 2,
  'sticky until hot': 'sticky',
} as const;

export type PolicyName = keyof typeof policies;

/** Which filter, and whether it is asked why. */
type Build = Pick<FilterOptions, 'wasm' | 'why'>;

export function run(scenario: Scenario, policy: PolicyName, seed: number, more: Build = {}): Sent[] {
  const agenda = new Agenda();
  const random = randomFrom(seed * 7_919 + 17);
  const { workers, keys } = scenario;
  const hosts = scenario.hosts.map((options) => new CachedWork(options, agenda, random));
  const filter = { names: namesOf(scenario), workers, keyName: (key: number) => `${seed}-${key}`, ...more };
  const homes = homesOf(keys, filter);
  const balancer = balancerOf(policies[policy], homes, hosts.length, agenda, filter, random);
  // The requests have random numbers of their own, so that they are the same under each policy.
  const chance = randomFrom(seed);
  const nextKey = zipf(keys, scenario.exponent, chance);
  const worker = (): number => Math.floor(chance() * workers);
  const sent: Sent[] = [];

  const request = (): void => {
    const key = nextKey();
    const way = balancer.send(worker(), key);
    const one: Sent = {
      at: agenda.now,
      host: way.host,
      home: homes[key]!,
      ms: TIMEOUT_MS,
      answered: false,
      hit: false,
    };
    sent.push(one);
    let over = false;
    const end = (): void => {
      if (!over) way.ended();
      over = true;
    };
    const takeBack = hosts[way.host]!.take(
      filter.keyName(key),
      (hit, report) => {
        const why = way.answered(report);
        Object.assign(one, { ms: agenda.now - one.at, answered: true, hit, why });
      },
      end,
    );
    agenda.in(TIMEOUT_MS, () => {
      if (one.answered) return;
      takeBack();
      end();
    });
  };

  const rate = rateOf(scenario) / 1_000;
  const next = (): void => {
    agenda.in(-Math.log(1 - chance()) / (rate * rise(agenda.now, RAMP_MS)), () => {
      request();
      next();
    });
  };
  next();
  let end = 0;
  for (const { name, seconds } of phases) {
    if (name === 'event') {
      begin(scenario, hosts);
      hang(scenario, balancer, homes);
    }
    if (name === 'after') finish(scenario, hosts);
    end += seconds * 1_000;
    agenda.until(end);
  }
  // What is under way then is answered, or given up.
  agenda.until(end + TIMEOUT_MS);
  return sent.filter(({ at }) => at < end);
}

function balancerOf(
  policy: (typeof policies)[PolicyName],
  homes: readonly number[],
  hosts: number,
  agenda: Agenda,
  filter: Parameters<typeof untilHot>[1],
  random: () => number,
): Balancer {
  if (policy === 'pure') return pureHash(homes, hosts);
  if (policy === 'least') return leastRequest(hosts, random);
  if (policy === 'sticky') return untilHot(agenda, filter);
  return boundedLoad(homes, hosts, policy);
}

/** The event begins, as far as it is the host's. */
export function begin({ event, host }: Scenario, hosts: readonly CachedWork[]): void {
  const one = hosts[host]!;
  if (event.kind === 'slow') one.slowness = event.times;
  if (event.kind === 'frozen') one.frozen = true;
  if (event.kind === 'cold') one.forget();
}

/** A key that nobody else asks for, as far as there are such: the last one of the host. */
export const hangingKey = ({ host }: Scenario, homes: readonly number[]): number => homes.lastIndexOf(host);

function hang(scenario: Scenario, balancer: Balancer, homes: readonly number[]): void {
  const { event } = scenario;
  if (event.kind !== 'hanging') return;
  const key = hangingKey(scenario, homes);
  for (let i = 0; i < event.requests; i++) {
    const way = balancer.send(0, key);
    if (event.headers) way.answered(undefined);
  }
}

export function finish({ host }: Scenario, hosts: readonly CachedWork[]): void {
  hosts[host]!.slowness = 1;
  hosts[host]!.frozen = false;
}
