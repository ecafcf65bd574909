/**
 * One policy in one scenario through a real Envoy, with hosts that speak HTTP: what became of each request,
 * as the simulation tells it. About a minute.
 */
import { http1 } from '../../demo/fakes/http1.ts';
import { type Contender, contenders, hostName } from '../../demo/sticky/policies.ts';
import { run as runDemo } from '../../demo/sticky/run.ts';
import { envoyBinary } from '../support/binary.ts';
import { homesOf } from './filter.ts';
import { begin, finish, hangingKey, type PolicyName, policies, type Sent } from './run.ts';
import { namesOf, phases, portsOf, RAMP_MS, rateOf, type Scenario, TIMEOUT_MS } from './scenario.ts';

export interface Measured {
  readonly sent: Sent[];
  /** By so much timers were late (99th percentile): on a busy machine all figures are worth less. */
  readonly lateMs: number;
}

export async function runReal(
  scenario: Scenario,
  policy: PolicyName,
  seed: number,
  cleanups: (() => Promise<void>)[],
): Promise<Measured> {
  const { workers, hosts, keys, exponent } = scenario;
  const keyName = (key: number): string => `${seed}-${key}`;
  const homes = homesOf(keys, { names: namesOf(scenario), keyName });
  const giveUp = new AbortController();
  const trace = await runDemo({
    envoy: { kind: 'binary', path: await envoyBinary(), how: 'of the tests' },
    contender: contenderOf(policy),
    workers,
    phases,
    hosts,
    ports: portsOf(scenario),
    load: { rate: rateOf(scenario), rampMs: RAMP_MS, keys, exponent, seed, timeoutMs: TIMEOUT_MS },
    change: ({ name }, all, port) => {
      const work = all.map((one) => one.work);
      if (name === 'after') {
        finish(scenario, work);
        giveUp.abort();
      }
      if (name !== 'event') return;
      begin(scenario, work);
      hang(scenario, keyName(hangingKey(scenario, homes)), port, giveUp.signal);
    },
    cleanups,
    progress: () => {},
  });
  const end = phases.reduce((sum, { seconds }) => sum + seconds * 1_000, 0);
  const sent = trace.sent.flatMap(({ at, key, port, ms, hit }): Sent[] => {
    const home = homes[key]!;
    // Which host a request without an answer went to is not known.
    const host = port === 0 ? home : trace.ports.indexOf(port);
    return at < end ? [{ at, host, home, ms, hit, answered: port !== 0 }] : [];
  });
  return { sent, lateMs: trace.lateMs };
}

function contenderOf(policy: PolicyName): Contender {
  const factor = policies[policy];
  const name = typeof factor === 'number' ? 'bounded load 1.25' : policy;
  const contender = contenders.find((one) => one.name === name)!;
  return typeof factor === 'number' ? { ...contender, name: policy, balanceFactor: factor * 100 } : contender;
}

/** One client opens requests that stay open, until the event is over. */
function hang({ event }: Scenario, key: string, port: number, signal: AbortSignal): void {
  if (event.kind !== 'hanging') return;
  for (let i = 0; i < event.requests; i++) {
    http1({
      port,
      path: event.headers ? '/open' : '/wait',
      headers: [
        ['host', hostName],
        ['x-session', key],
      ],
      signal,
    }).catch(() => {});
  }
}
