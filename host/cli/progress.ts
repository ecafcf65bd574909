/**
 * A progress bar on standard error: only on a terminal, drawn again at most ten times a second, gone at the
 * end.
 */
import type { Io } from './io.ts';

interface Progress {
  at(done: number): void;
  end(): void;
}

const WIDTH = 30;
const EVERY_MS = 100;

/** @param total The number that is 100 %. @param what The text before the bar. */
export function progress(io: Io, what: string, total: number, now: () => number = Date.now): Progress {
  if (io.terminal !== true || total <= 0) return { at: () => {}, end: () => {} };
  const start = now();
  let last = start;
  let drawn = false;
  return {
    at(done) {
      // Work that is done at once shows no bar.
      if (now() - last < EVERY_MS) return;
      last = now();
      drawn = true;
      const share = Math.min(1, done / total);
      const full = Math.round(share * WIDTH);
      io.stderr(`\r${what} ${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${Math.floor(share * 100)} %`);
    },
    end() {
      if (drawn) io.stderr('\r\u001b[2K');
    },
  };
}
