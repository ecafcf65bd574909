/**
 * What the kernel says about a process on Linux: CPU time in nanoseconds (schedstat, all threads), anonymous
 * memory, and a spin loop that tells whether the machine was disturbed. Linux only: `/proc` is the one source
 * that sees Envoy from outside without asking Envoy.
 */
import { readdirSync, readFileSync } from 'node:fs';

export interface CpuTime {
  /** Nanoseconds on a CPU, of all threads that live now. */
  readonly ns: number;
  /** Nanoseconds runnable but waiting for a CPU: how much others were in the way. */
  readonly waitedNs: number;
}

/** CPU time of a process: the sum over its threads (`/proc/PID/schedstat` alone is the first thread's). */
export function cpuTime(pid: number): CpuTime {
  let ns = 0;
  let waitedNs = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try {
      const [ran, waited] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ');
      ns += Number(ran);
      waitedNs += Number(waited);
    } catch {
      // The thread ended between the listing and the read: its time is lost, and the threads we measure do
      // not end.
    }
  }
  return { ns, waitedNs };
}

/** A field of `/proc/PID/status` in KiB, such as RssAnon or VmHWM. */
export function memoryKiB(pid: number, field: 'RssAnon' | 'VmRSS' | 'VmHWM'): number {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm'));
  return Number(line?.[1] ?? Number.NaN);
}

/**
 * Wall time in nanoseconds of a fixed piece of work (about 1 ms). A shot between two slow spins was taken
 * while something else (a neighbour, the hypervisor, the clock of the CPU) was in the way.
 */
export function spin(): number {
  const begin = process.hrtime.bigint();
  let x = 1;
  for (let i = 0; i < 1_000_000; i++) x = (Math.imul(x, 1664525) + 1013904223) | 0;
  const end = process.hrtime.bigint();
  // Using x keeps the loop from being optimised away.
  return x === 42 ? 0 : Number(end - begin);
}
