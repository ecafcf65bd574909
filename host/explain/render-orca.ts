/** How a load report is read, as text for a terminal. */
import type { OrcaExplanation } from './orca-explanation.ts';

const LABEL = 11;
const line = (label: string, text: string): string => `${label.padEnd(LABEL)} ${text}`.trimEnd();

export function renderOrca({ header, value, form, native, loadstar }: OrcaExplanation): string {
  const lines = [line('report', `${header}: ${value}`), line('form', form)];
  if (native.effect === 'weight') {
    lines.push(line('native', `reads ${native.reads}`), line('', `gives the host weight ${native.weight}`));
  } else if (native.effect === 'no effect') {
    lines.push(line('native', `reads ${native.reads}, to no effect: "${native.error}"`));
    lines.push(line('', "an error in Envoy's log, at most every few seconds"));
  } else {
    lines.push(
      line('native', `refuses all of it: "${native.error}"`),
      line('', 'reported in the trace log only'),
    );
  }
  lines.push(
    line('loadstar', loadstar.result === 'refused' ? `refused: ${loadstar.because}` : loadstar.result),
  );
  for (const [i, metric] of loadstar.metrics.entries()) {
    lines.push(line(i === 0 ? 'metrics' : '', `${metric.name} = ${metric.value}`));
  }
  if (loadstar.reason !== undefined)
    lines.push(line('counted', `loadstar_reports_refused_${loadstar.reason}_total`));
  if (loadstar.utilization !== undefined) lines.push(line('utilization', String(loadstar.utilization)));
  const removed = loadstar.sticky ? 'the filter alone reads it (sticky until hot)' : 'the report is removed';
  lines.push(line('to Envoy', loadstar.header ?? `nothing: ${removed}`));
  if (loadstar.assumedRate !== undefined) {
    lines.push(
      line(
        '',
        `rps_fractional is measured by the filter; here as if the host answered ${loadstar.assumedRate} requests a second`,
      ),
    );
  }
  if (loadstar.weight !== undefined) lines.push(line('weight', String(loadstar.weight)));
  return `${lines.join('\n')}\n`;
}
