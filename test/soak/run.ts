/** A soak: requests on all routes through one Envoy with two workers, its memory looked at all the while. */
import { readFileSync } from 'node:fs';
import { RawBackend } from '../../demo/fakes/raw-backend.ts';
import { RawLoad } from '../../demo/fakes/raw-load.ts';
import { Envoy } from '../support/envoy.ts';
import { translate } from '../support/translate.ts';
import { answer, manifests, prepare, request } from './traffic.ts';

export interface SoakOptions {
  readonly requests: number;
  /** It ends sooner when the time is over. */
  readonly seconds: number;
  readonly seed: number;
  readonly progress?: (line: string) => void;
}

export interface Tally {
  /** Answers by status. */
  readonly statuses: Readonly<Record<number, number>>;
  /** The first few answers with something that no client may see. */
  readonly leaks: readonly string[];
  /** Connections that were closed without an answer. */
  readonly reconnects: number;
}

export interface SoakResult {
  readonly tally: Tally;
  readonly answered: number;
  readonly seconds: number;
  /** Resident memory of Envoy in bytes, fifty times over the run. */
  readonly memory: readonly number[];
  /** The filter's counters, and Envoy's of VMs that were replaced. */
  readonly stats: Readonly<Record<string, number>>;
  readonly log: string;
}

/** What no client may see: our headers, a backend's address, plain or as a hint. */
const INTERNAL = /x-loadstar|127\.0\.0\.\d|MTI3LjAuMC4/i;

const residentOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;

export async function soak(options: SoakOptions): Promise<SoakResult> {
  const answers = prepare(options.seed, 20_011, answer);
  const requests = prepare(options.seed + 1, 30_011, request);
  let next = 0;
  const backend = await RawBackend.start(
    ['127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14'].map((address) => ({
      address,
      port: 'same' as const,
      answer: () => answers[next++ % answers.length]!,
    })),
  );
  let envoy: Envoy | undefined;
  let load: RawLoad | undefined;
  try {
    envoy = await Envoy.start(await translate(manifests(backend.hosts), 'filter'), {
      concurrency: 2,
      logLevel: 'error',
    });
    const { pid } = envoy;
    const memory: number[] = [];
    const begin = Date.now();
    const elapsed = (): number => (Date.now() - begin) / 1000;
    const every = Math.max(1000, Math.round(options.requests / 50_000) * 1000);
    const leaks: string[] = [];
    load = await RawLoad.open(envoy.port(), 32, requests);
    const { statuses, reconnects } = await load.shot({
      count: options.requests,
      more: (answered) => {
        if (answered % every === 0) {
          memory.push(residentOf(pid));
          options.progress?.(
            `${answered} answered, ${(memory.at(-1)! / 2 ** 20).toFixed(1)} MiB, ${Math.round(answered / elapsed())}/s`,
          );
        }
        return answered % 1000 !== 0 || elapsed() < options.seconds;
      },
      look: (answer) => {
        const text = answer.toString('latin1');
        if (INTERNAL.test(text) && leaks.length < 5) leaks.push(text);
      },
    });
    const tally: Tally = { statuses, reconnects, leaks };
    const seconds = elapsed();
    const stats = {
      ...(await envoy.admin.filterStats()),
      ...(await envoy.admin.stats('^wasm\\..*vm_reload')),
    };
    const answered = Object.values(tally.statuses).reduce((sum, n) => sum + n, 0);
    return { tally, answered, seconds, memory, stats, log: envoy.log };
  } finally {
    load?.close();
    await envoy?.stop();
    await backend.stop();
  }
}

/**
 * Growth over the second half of the run: the most of the last quarter against the most of the third. In
 * bytes.
 */
export function laterGrowth(memory: readonly number[]): number {
  const quarter = Math.floor(memory.length / 4);
  return Math.max(...memory.slice(-quarter)) - Math.max(...memory.slice(-2 * quarter, -quarter));
}
