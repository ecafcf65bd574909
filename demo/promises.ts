/**
 * What the documentation shows for each policy: the load that it sends, and the result that it promises, as a
 * check of the counts. Bounds of random outcomes are wide enough that a right balancer breaks one in less
 * than one run of 100,000.
 */
import type { Verdict } from './print.ts';

export type Counts = ReadonlyMap<string, number>;

export interface Scenario {
  readonly path: string;
  readonly policy: string;
  /**
   * As `hey -n REQUESTS -c CONNECTIONS [-H HEADER]` would send it; without connections, as REQUESTS times
   * `curl -I`.
   */
  readonly shots: readonly {
    readonly requests: number;
    readonly connections?: number;
    readonly header?: readonly [name: string, value: string];
  }[];
  /** @param counts One per shot. @param workers Envoy's threads: each takes turns of its own. */
  readonly judge: (counts: readonly Counts[], workers: number) => Verdict;
}

const values = (counts: Counts | undefined): number[] => [...(counts?.values() ?? [])];
const range = (numbers: readonly number[]): string =>
  `${Math.min(...numbers)} to ${Math.max(...numbers)} each`;
/** The hosts that were sent anything. */
const used = (counts: Counts): string[] => [...counts].flatMap(([host, count]) => (count > 0 ? [host] : []));

const within =
  (promise: string, low: number, high: number): Scenario['judge'] =>
  ([counts]) => ({
    promise,
    holds: values(counts).every((count) => count >= low && count <= high),
    seen: `${range(values(counts))} (of fair shares, ${low} to ${high} are within chance)`,
  });

const oneHost =
  (promise: string): Scenario['judge'] =>
  (shots) => {
    const hosts = shots.map(used);
    return {
      promise,
      holds: hosts.every((list) => list.length === 1),
      seen: hosts.map((list) => list.join(' and ')).join(', then '),
    };
  };

export const scenarios: readonly Scenario[] = [
  {
    path: '/round',
    policy: 'RoundRobin',
    shots: [{ requests: 100, connections: 100 }],
    judge: ([counts], workers) => {
      const numbers = values(counts);
      return {
        promise: 'all available upstream hosts receive traffic evenly',
        // Each worker's turns differ by one at most.
        holds: Math.max(...numbers) - Math.min(...numbers) <= workers,
        seen: range(numbers),
      };
    },
  },
  {
    path: '/random',
    policy: 'Random',
    shots: [{ requests: 1000, connections: 100 }],
    // 250 is fair, 13.7 a standard deviation.
    judge: within('all available upstream hosts receive traffic randomly', 185, 315),
  },
  {
    path: '/least',
    policy: 'LeastRequest',
    shots: [{ requests: 100, connections: 100 }],
    judge: within('all receive traffic, some host fewer requests than others', 6, 44),
  },
  {
    path: '/source',
    policy: 'ConsistentHash, SourceIP',
    shots: [{ requests: 100, connections: 100 }],
    judge: oneHost('all traffic goes to one host, since the client has one source IP'),
  },
  {
    path: '/header',
    policy: 'ConsistentHash, Header FooBar',
    shots: [
      { requests: 100, connections: 100, header: ['FooBar', '1.2.3.4'] },
      { requests: 100, connections: 100, header: ['FooBar', '5.6.7.8'] },
    ],
    judge: oneHost('all traffic of one header value goes to one host; another value may go to another'),
  },
  {
    path: '/cookie',
    policy: 'ConsistentHash, Cookie FooBar',
    shots: [
      { requests: 10, header: ['Cookie', 'FooBar=1.2.3.4'] },
      { requests: 10, header: ['Cookie', 'FooBar=5.6.7.8'] },
    ],
    judge: oneHost('all requests with one cookie value go to one host; another value may go to another'),
  },
];
