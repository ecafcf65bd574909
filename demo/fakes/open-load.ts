/**
 * An open load: requests arrive at random times at a given mean rate, whether or not the ones before are
 * answered, for keys of which a few are asked for often and most seldom (Zipf). Equal seeds give equal keys
 * and times.
 */
import { Agent } from 'node:http';
import { http1 } from './http1.ts';

export interface LoadOptions {
  /** Of 127.0.0.1. */
  readonly port: number;
  readonly path: string;
  readonly host: string;
  /** Requests per second. */
  readonly rate: number;
  /**
   * Until then the rate rises from RAMP_FROM of it: caches are cold, and a backlog would outlast the warm-up.
   */
  readonly rampMs: number;
  readonly keys: number;
  /** The n-th key is asked for in proportion to 1 / n^exponent. */
  readonly exponent: number;
  readonly seed: number;
  /** After so long without the headers of an answer a client gives up. */
  readonly timeoutMs: number;
}

/** What became of a request. */
export interface Sent {
  /** Milliseconds from the start of the load to the start of the request. */
  readonly at: number;
  readonly key: number;
  /** Port of the host that answered; 0: none did. */
  readonly port: number;
  readonly hit: boolean;
  /** Until the headers of the answer; timeoutMs when it failed. */
  readonly ms: number;
}

interface RunningLoad {
  readonly sent: readonly Sent[];
  readonly stop: Stop;
}

/** Uniform numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Numbers of keys, 0 the most popular. */
export function zipf(keys: number, exponent: number, random: () => number): () => number {
  const sums: number[] = [];
  let sum = 0;
  for (let n = 1; n <= keys; n++) {
    sum += n ** -exponent;
    sums.push(sum);
  }
  return () => {
    const wanted = random() * sum;
    let low = 0;
    let high = keys - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** Nothing more begins; resolves when all under way have ended. */
type Stop = () => Promise<void>;

const TICK_MS = 2;
const RAMP_FROM = 0.2;

/** Part of the full rate at a time: it rises until `rampMs`. */
export const rise = (at: number, rampMs: number): number =>
  RAMP_FROM + (1 - RAMP_FROM) * Math.min(1, at / Math.max(1, rampMs));

/**
 * Begins what comes at random times, whether or not what came before has ended. Times are milliseconds since
 * the start. What `begin` returns must not reject.
 */
export function arrivals(
  rateAt: (at: number) => number,
  random: () => number,
  begin: (due: number, began: number) => Promise<void>,
): Stop {
  const under = new Set<Promise<void>>();
  const began = performance.now();
  let due = 0;
  const timer = setInterval(() => {
    const now = performance.now() - began;
    while (due <= now) {
      const one = begin(due, began).then(() => void under.delete(one));
      under.add(one);
      due += (-Math.log(1 - random()) / rateAt(due)) * 1_000;
    }
  }, TICK_MS);
  return async () => {
    clearInterval(timer);
    await Promise.all(under);
  };
}

export function startLoad(options: LoadOptions): RunningLoad {
  const random = randomFrom(options.seed);
  const nextKey = zipf(options.keys, options.exponent, random);
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, maxFreeSockets: 512 });
  const sent: Sent[] = [];
  const rateAt = (at: number): number => options.rate * rise(at, options.rampMs);
  const stop = arrivals(rateAt, random, async (due, began) => {
    sent.push(await send(options, agent, nextKey(), due, began));
  });
  return {
    sent,
    stop: async () => {
      await stop();
      agent.destroy();
    },
  };
}

/**
 * Never rejects. The time counts from when the request was due, so that a late client does not make the
 * server look fast.
 */
async function send(
  options: LoadOptions,
  agent: Agent,
  key: number,
  at: number,
  began: number,
): Promise<Sent> {
  const failed: Sent = { at, key, port: 0, hit: false, ms: options.timeoutMs };
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), options.timeoutMs);
  let ms = options.timeoutMs;
  try {
    const { status, headers } = await http1({
      port: options.port,
      path: options.path,
      agent,
      headers: [
        ['host', options.host],
        ['x-session', `${options.seed}-${key}`],
      ],
      answered: () => {
        clearTimeout(timer);
        ms = Math.min(options.timeoutMs, performance.now() - began - at);
      },
      signal: giveUp.signal,
    });
    if (status !== 200) return failed;
    return { at, key, port: Number(headers['x-port']?.[0]), hit: headers['x-hit']?.[0] === '1', ms };
  } catch {
    return failed;
  } finally {
    clearTimeout(timer);
  }
}
