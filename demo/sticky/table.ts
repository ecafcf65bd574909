/**
 * Figures of one or more runs as tables: the mean, and where there are several runs its standard deviation.
 */
import { type Out, table } from '../print.ts';
import { type Figures, mean, type PhaseFigures } from './figures.ts';

const deviation = (values: readonly number[]): number => {
  const middle = mean(values);
  return Math.sqrt(
    mean(values.map((value) => (value - middle) ** 2)) * (values.length / Math.max(1, values.length - 1)),
  );
};

/** `mean`, or `mean ± deviation`. */
export function spread(values: readonly number[], digits: number): string {
  const text = mean(values).toFixed(digits);
  return values.length < 2 ? text : `${text} ± ${deviation(values).toFixed(digits)}`;
}

/** Rows of the whole time or of one phase, a policy each. */
function phaseRows(runs: readonly (readonly Figures[])[], phase: number): string[][] {
  return contendersOf(runs).map((name) => {
    const of = (read: (figures: PhaseFigures) => number): number[] =>
      runs.map((run) => read(run.find(({ contender }) => contender === name)!.phases[phase]!));
    return [
      name,
      spread(
        of(({ hitRate }) => hitRate),
        2,
      ),
      spread(
        of(({ p50 }) => p50),
        0,
      ),
      spread(
        of(({ p99 }) => p99),
        0,
      ),
      spread(
        of(({ failed }) => failed * 100),
        1,
      ),
      spread(
        of(({ hottest }) => hottest),
        1,
      ),
    ];
  });
}

const phaseHead = ['policy', 'hit rate', 'p50 ms', 'p99 ms', 'failed %', 'hottest host'];

function moveRows(runs: readonly (readonly Figures[])[]): string[][] {
  return contendersOf(runs).map((name) => {
    const all = runs.map((run) => run.find(({ contender }) => contender === name)!);
    const home = all.map(({ homeAfter }) => homeAfter);
    const known = home.filter((seconds) => seconds !== undefined);
    return [
      name,
      spread(
        all.map(({ moved }) => moved),
        3,
      ),
      spread(
        all.map(({ flaps }) => flaps),
        2,
      ),
      known.length === 0
        ? 'no'
        : `${spread(known, 1)} s${known.length < home.length ? ` (${known.length} of ${home.length})` : ''}`,
    ];
  });
}

const moveHead = ['policy', 'keys moved', 'changes a key and minute', 'home again after'];

const contendersOf = (runs: readonly (readonly Figures[])[]): string[] =>
  runs[0]!.map(({ contender }) => contender);

export function printFigures(out: Out, runs: readonly (readonly Figures[])[]): void {
  const names = runs[0]![0]!.phases.map(({ phase }) => phase);
  for (const [i, name] of names.entries()) {
    out.write(`\n${name === 'all' ? 'all phases' : name}\n`);
    table(out, phaseHead, phaseRows(runs, i));
  }
  out.write('\nsteady phase, and the way back\n');
  table(out, moveHead, moveRows(runs));
}
