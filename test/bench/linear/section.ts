/**
 * The section `linear`: the time of a whole translation for texts of 1, 2, 4 and 8 times a size. Linear work
 * doubles with the text; the column at the right is what eight times the text costs beside eight times the
 * time, so 1 is linear and 8 quadratic.
 */
import { renderText } from '../../../host/diagnostics/render.ts';
import { translate } from '../../../host/translate.ts';
import { nativeOptions } from '../../support/engine-options.ts';
import { fixed, table } from '../report/table.ts';
import { growing } from './inputs.ts';

export interface Growth {
  readonly name: string;
  /** Milliseconds for each of the sizes. */
  readonly ms: readonly number[];
}

const FACTORS = [1, 2, 4, 8] as const;

const once = (text: string): number => {
  const begin = performance.now();
  renderText(translate([{ file: 'a.yaml', text }], nativeOptions).diagnostics, { color: false });
  return performance.now() - begin;
};

export function benchLinear(quick: boolean): Growth[] {
  const factors = quick ? FACTORS.slice(0, 2) : FACTORS;
  return growing.map(({ name, size, text }) => ({
    name,
    // The least of three: what disturbs a measurement only adds.
    ms: factors.map((factor) => Math.min(...[0, 1, 2].map(() => once(text(size * factor))))),
  }));
}

export function renderLinear(results: readonly Growth[]): string {
  return table<Growth>(
    [
      { title: 'input', of: ({ name }) => name },
      ...FACTORS.map((factor, i) => ({
        title: `${factor} × ms`,
        of: ({ ms }: Growth) => fixed(ms[i], 1),
        right: true,
      })),
      { title: '8 × / (8 · 1 ×)', of: ({ ms }) => fixed(ms[3]! / (8 * ms[0]!), 2), right: true },
    ],
    results,
  );
}
