/**
 * The same on a real Envoy: four hosts whose utilization follows their load, one of which falls to a third of
 * its capacity; then, or instead, fixed reports. Requests come at a steady rate whatever the answers do.
 */
import { Agent, request } from 'node:http';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { Random } from '../fuzz/random.ts';
import { Envoy } from '../support/envoy.ts';
import { gateway, httpRoute, policy, service } from '../support/manifests.ts';
import { type Engine, translate } from '../support/translate.ts';
import { COUNT_SECONDS, type HostOptions, SimulatedHost } from './hosts.ts';
import type { Result, Second } from './run.ts';

export interface LiveOptions {
  readonly hosts: readonly HostOptions[];
  /** Requests per second, of all Envoys together. */
  readonly rate: number;
  readonly seconds: number;
  /** Ends it sooner, as soon as this holds after a second. */
  readonly enough?: (result: Result) => boolean;
  /** New options of hosts by number, by second. */
  readonly changes?: Readonly<Record<number, Readonly<Record<number, HostOptions>>>>;
  readonly engine?: Engine;
  /** Another build of the filter. */
  readonly wasm?: string;
  readonly workers?: number;
  readonly envoys?: number;
  /** Default: the documents', 10 s. */
  readonly blackout?: string;
}

/** Runs it, on loopback; about `seconds` seconds. */
export async function live(options: LiveOptions): Promise<Result> {
  const backends = await startBackends(options.hosts.map((_, i) => `127.0.0.${11 + i}`));
  const random = new Random(1);
  const hosts = options.hosts.map((host, i) => new SimulatedHost(backends[i]!.host, host, random));
  for (const [i, backend] of backends.entries()) answer(backend, hosts[i]!);
  const envoys: Envoy[] = [];
  // On a busy machine a timer is late, and a rate would be more than it is.
  let counted = performance.now();
  const counting = setInterval(() => {
    const now = performance.now();
    for (const host of hosts) host.count((now - counted) / 1000);
    counted = now;
  }, COUNT_SECONDS * 1000);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  try {
    const backendUtilization = options.blackout === undefined ? {} : { blackoutPeriod: options.blackout };
    const bootstrap = await translate(
      [
        ...gateway(),
        ...service('backend', backends),
        httpRoute({ name: 'live' }),
        policy('live', { loadBalancer: { type: 'BackendUtilization', backendUtilization } }),
      ],
      options.engine ?? 'filter',
      options.wasm === undefined ? {} : { wasm: options.wasm },
    );
    for (let i = 0; i < (options.envoys ?? 1); i++)
      envoys.push(await Envoy.start(bootstrap, { concurrency: options.workers ?? 1 }));
    return await load(options, hosts, envoys, agent);
  } finally {
    clearInterval(counting);
    agent.destroy();
    await stopAll([...envoys, ...backends]);
  }
}

function answer(backend: Backend, host: SimulatedHost): void {
  backend.reply = () => {
    host.request();
    const told = host.report();
    return { headers: told === undefined ? [] : [['endpoint-load-metrics', told]] };
  };
}

async function load(
  options: LiveOptions,
  hosts: readonly SimulatedHost[],
  envoys: readonly Envoy[],
  agent: Agent,
): Promise<Result> {
  const seconds: Second[] = [];
  const result = { seconds, hosts, last: new Map() };
  const began = performance.now();
  let sent = 0;
  while (seconds.length < options.seconds) {
    await new Promise((done) => setTimeout(done, 5));
    const passed = (performance.now() - began) / 1000;
    for (; sent < passed * options.rate; sent++) send(envoys[sent % envoys.length]!.port(), agent);
    if (passed < seconds.length + 1) continue;
    const rates = hosts.map(({ requests }) => requests);
    const all = rates.reduce((sum, one) => sum + one, 0);
    seconds.push({ rates, shares: rates.map((one) => one / Math.max(1, all)) });
    for (const host of hosts) host.requests = 0;
    if (options.enough?.(result)) break;
    for (const [i, changed] of Object.entries(options.changes?.[seconds.length] ?? {}))
      hosts[Number(i)]!.options = changed;
  }
  return result;
}

function send(port: number, agent: Agent): void {
  const sent = request({
    host: '127.0.0.1',
    port,
    path: '/live',
    agent,
    headers: { host: 'www.example.com' },
  });
  sent.on('response', (response) => response.resume());
  sent.on('error', () => {});
  sent.end();
}
