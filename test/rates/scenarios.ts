/**
 * What the simulations try. Each begins well, something changes at CHANGE, and then it runs on for a while.
 */
import type { HostOptions } from './hosts.ts';
import type { Scenario } from './run.ts';

/** Seconds: after Envoy's blackout period, and some in which nothing happens. */
export const CHANGE = 25;
/** A host that gets busy by itself is well again after so long. */
export const RECOVERY = 65;

export interface Balance {
  readonly name: string;
  readonly scenario: Scenario;
  /** Busiest to least at most; with one host of a tenth more than with one of a third. */
  readonly most: number;
}

const four = (capacity: number, more: HostOptions = {}): HostOptions[] =>
  Array.from({ length: 4 }, () => ({ capacity, ...more }));

/** The last of four hosts changes from one capacity to another. */
function change(from: number, to: number, more: HostOptions = {}, rest: Partial<Scenario> = {}): Scenario {
  return {
    hosts: four(from, more),
    rate: 450,
    seconds: CHANGE + 50,
    changes: { [CHANGE]: { 3: { capacity: to, ...more } } },
    ...rest,
  };
}

/** Utilization follows load: all hosts are to be equally busy. */
export const balances: readonly Balance[] = [
  { name: 'a third of the capacity', scenario: change(300, 100), most: 1.1 },
  { name: 'three times the capacity', scenario: change(200, 600), most: 1.1 },
  { name: 'a tenth of the capacity', scenario: change(300, 30), most: 1.2 },
  { name: 'ten times the capacity', scenario: change(100, 1000, {}, { rate: 300 }), most: 1.2 },
  { name: 'a third, idle at 0.2', scenario: change(300, 100, { idle: 0.2 }), most: 1.1 },
  { name: 'a tenth, idle at 0.2', scenario: change(300, 30, { idle: 0.2 }), most: 1.2 },
  { name: 'a third, averaged with 5 s', scenario: change(300, 100, { lag: 5 }), most: 1.1 },
  { name: 'a tenth, averaged with 5 s', scenario: change(300, 30, { lag: 5 }), most: 1.2 },
  { name: 'a third, averaged over 5 s', scenario: change(300, 100, { window: 5 }), most: 1.1 },
  { name: 'a third, noise of 10 %', scenario: change(300, 100, { noise: 0.1 }), most: 1.1 },
  { name: 'a tenth, noise of 10 %', scenario: change(300, 30, { noise: 0.1 }), most: 1.2 },
  {
    name: 'a third, saturated at 90 % load',
    scenario: change(300, 100, {}, { rate: 900 }),
    most: 1.1,
  },
  {
    name: 'a tenth, saturated at 90 % load',
    scenario: change(300, 30, {}, { rate: 837 }),
    most: 1.2,
  },
  { name: 'a third at 40 % load', scenario: change(300, 100, {}, { rate: 400 }), most: 1.1 },
  {
    name: 'a third, bursts to three times the load',
    scenario: change(300, 100, {}, { rate: (second) => (second % 20 < 5 ? 700 : 250) }),
    most: 1.1,
  },
  { name: 'a third, requests by chance', scenario: change(300, 100, {}, { poisson: true }), most: 1.1 },
  { name: 'a third, two workers', scenario: change(300, 100, {}, { workers: 2 }), most: 1.1 },
  { name: 'a third, four workers', scenario: change(300, 100, {}, { workers: 4 }), most: 1.1 },
  { name: 'a tenth, four workers', scenario: change(300, 30, {}, { workers: 4 }), most: 1.2 },
  { name: 'a third, two Envoys', scenario: change(300, 100, {}, { envoys: 2 }), most: 1.1 },
  {
    name: 'a third, two Envoys with 10 and 90 % of the requests',
    scenario: change(300, 100, {}, { envoys: 2, split: [0.1, 0.9] }),
    most: 1.1,
  },
  {
    name: 'a third, two hosts',
    scenario: {
      ...change(300, 100, {}, { rate: 280 }),
      hosts: [{ capacity: 300 }, { capacity: 300 }],
      changes: { [CHANGE]: { 1: { capacity: 100 } } },
    },
    most: 1.1,
  },
  {
    name: 'a host joins, of unequal ones',
    scenario: {
      hosts: [300, 300, 100, 300].map((capacity) => ({ capacity })),
      rate: 450,
      seconds: CHANGE + 50,
      changes: { 5: { 3: null }, [CHANGE]: { 3: { capacity: 300 } } },
    },
    most: 1.1,
  },
  {
    name: 'a host leaves, of unequal ones',
    scenario: {
      hosts: [300, 300, 300, 100].map((capacity) => ({ capacity })),
      rate: 450,
      seconds: CHANGE + 50,
      changes: { [CHANGE]: { 0: null } },
    },
    most: 1.1,
  },
  {
    name: 'a third, a named metric that is no share (requests in a queue)',
    scenario: change(
      300,
      100,
      { metric: 'named_metrics.queue', most: 1e6, curve: (load) => load / Math.max(0.05, 1 - load) },
      { metricNames: ['named_metrics.queue'] },
    ),
    most: 1.2,
  },
  {
    name: 'a third, two of the hosts tell their own rate',
    scenario: {
      ...change(300, 100),
      hosts: four(300).map((host, i) => ({ ...host, ownRate: i < 2 })),
    },
    most: 1.1,
  },
];

export interface Fixed {
  readonly name: string;
  readonly scenario: Scenario;
}

function fixed(more: HostOptions, rest: Partial<Scenario>): Scenario {
  return {
    hosts: Array.from({ length: 4 }, () => ({ fixed: 0.3, ...more })),
    rate: 450,
    seconds: RECOVERY + 35,
    changes: { [CHANGE]: { 2: { fixed: 0.9, ...more } }, [RECOVERY]: { 2: { fixed: 0.3, ...more } } },
    ...rest,
  };
}

/** Utilization is what it is: 0.9 beside three times 0.3, and 0.3 again. */
export const fixedReports: readonly Fixed[] = [
  { name: 'fixed', scenario: fixed({}, {}) },
  { name: 'fixed, noise of 10 %', scenario: fixed({ noise: 0.1 }, {}) },
  { name: 'fixed, two workers', scenario: fixed({}, { workers: 2 }) },
  { name: 'fixed, two Envoys', scenario: fixed({}, { envoys: 2 }) },
  { name: 'fixed, 40 requests per second', scenario: fixed({}, { rate: 40 }) },
];
/** The host whose report is fixed to 0.9. */
export const HOT = 2;
