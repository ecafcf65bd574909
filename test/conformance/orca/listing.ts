/**
 * docs/ORCA.md from MARK on: the comparison as a page. All of it is measured. A rate that the filter measured
 * is shown without its number.
 */

import { effectOf, type Verdict } from './compare.ts';
import type { Reading } from './envoy.ts';
import type { Answer } from './filter.ts';
import type { Case } from './reports/case.ts';

export interface Row {
  readonly case: Case;
  readonly native: Reading;
  readonly filter: Reading;
  readonly answer: Answer;
  readonly verdict: Verdict;
}

const meanings: Readonly<Record<Verdict, string>> = {
  same: 'Envoy reads the same with the filter and without',
  'same weight': 'Envoy reads the same rate and utilization; a metric that TEXT cannot carry is left out',
  'headers win':
    'Envoy alone takes the trailers, since it cannot read the headers; with the filter it takes the headers',
  repaired: 'Envoy alone refuses it or logs an error for it; with the filter it uses it for the weight',
  'refused here': 'Envoy alone uses it for the weight; the filter refuses it',
  'refused by both': 'nobody can use it; with the filter Envoy logs no error for it',
  wrong: 'a mistake',
};

const why = `## What the filter refuses although Envoy would use it

- **Too large to be true** (\`range\`): a rate above 10,000,000 per second or a utilization above 1,000,000. A host with
  such a report would get all traffic, or none. The limits are \`MAX_REPORTED_RPS\` and \`MAX_UTILIZATION\` in
  \`assembly/bytes/caps.ts\`.
- **Not an amount** (\`nan\`, \`infinite\`, \`negative\`): Envoy checks this in TEXT reports only, not in
  JSON and binary ones.
- **Too long, too many** (\`too_long\`, \`too_many\`, \`name\`): more than 8,192 bytes, 64 metrics, or 128 bytes of a name.
- **Not JSON** (\`malformed\`, \`name\`, \`number\`): the parser of protobuf also accepts single quotes, names without
  quotes, a comma before the closing brace and raw control characters. RFC 8259 does not.
- **Hexadecimal numbers** (\`number\`).
- **Groups** (\`protobuf\`), which proto3 does not have.
`;

/** What follows on the page is written by the test; what stands before is written by hand. */
export const MARK = '<!-- From here on written by test/conformance/orca.test.ts. -->';

export function listing(rows: readonly Row[], envoy: string, metricNames: readonly string[]): string {
  const count = (of: Verdict): number => rows.filter(({ verdict }) => verdict === of).length;
  const groups = [...new Set(rows.map(({ case: { group } }) => group))];
  const summary = (Object.keys(meanings) as Verdict[])
    .filter((of) => count(of) > 0)
    .map((of) => `| ${of} | ${count(of)} | ${meanings[of]} |`);
  return [
    MARK,
    '',
    '## What Envoy reads, and what it reads with the filter',
    '',
    `${rows.length} responses with load reports were sent to Envoy ${envoy}, each to two clusters that balance by load: one without the`,
    'filter, and one with `loadstar.report`. What Envoy read is taken from its own trace log. `test/conformance/orca.test.ts`',
    'repeats this and compares the result with this page. `metricNamesForComputingUtilization` was',
    `${metricNames.map((name) => `\`${name}\``).join(', ')}.`,
    '',
    'In the tables, *measured* means that the report has no rate, and the filter writes the rate that it measures. Each',
    'cluster has one host here. [FAULTS.md](FAULTS.md#hosts-that-lie) says what happens when a host reports much more or less',
    'than the others. Words are explained in the [glossary](GLOSSARY.md).',
    '',
    '| result | reports | meaning |',
    '| --- | ---: | --- |',
    ...summary,
    '',
    why,
    ...groups.flatMap((group) => [
      `## ${group}`,
      '',
      '| report | Envoy alone | result | Envoy with the filter |',
      '| --- | --- | --- | --- |',
      ...rows.filter((row) => row.case.group === group).map(line),
      '',
    ]),
  ].join('\n');
}

function line(row: Row): string {
  return `| ${cell(row.case.name)} | ${cell(shown(row.native, false))} | ${row.verdict} | ${cell(
    effectOf(row.filter) === 'weight'
      ? row.verdict === 'same'
        ? 'the same'
        : shown(row.filter, row.answer.measured)
      : row.answer.reasons.length > 0
        ? `refused: ${row.answer.reasons.join(', ')}`
        : shown(row.filter, false),
  )} |`;
}

function shown(reading: Reading, measured: boolean): string {
  switch (reading.kind) {
    case 'none':
      return 'no report';
    case 'reset':
      return `answers ${reading.status}: not a valid response`;
    case 'refused':
      // Envoy's JSON errors have spaces at random places, so that nobody relies on their text.
      return reading.why.split('\n')[0]!.replace(/\s+/g, ' ');
    case 'report': {
      const all = Object.entries(reading.metrics);
      const some = all
        .slice(0, 5)
        .map(([name, value]) =>
          name === 'rps_fractional' && measured ? 'rps_fractional *measured*' : `${name} ${value}`,
        );
      const effect = effectOf(reading);
      const note =
        effect === 'no rate'
          ? ' (QPS must be positive)'
          : effect === 'no utilization'
            ? ' (Utilization must be positive)'
            : '';
      return (
        (some.join(', ') || 'an empty report') + (all.length > 5 ? `, … (${all.length} metrics)` : '') + note
      );
    }
  }
}

/** A cell of a Markdown table: one line of printable ASCII, cut. */
function cell(text: string): string {
  const plain = text
    .replace(/[^\x20-\x7e…’½é]/g, '·')
    .replace(/\|/g, '\\|')
    .replace(/</g, '&lt;');
  return plain.length > 140 ? `${plain.slice(0, 130)}…` : plain;
}
