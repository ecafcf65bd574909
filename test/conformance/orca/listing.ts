/** docs/ORCA.md from MARK on: the comparison as a page. Everything in it is measured; a rate that the filter measured itself has no number. */

import { effectOf, type Verdict } from './compare.ts';
import type { Reading } from './envoy.ts';
import type { Answer } from './filter.ts';
import type { Case } from './reports.ts';

export interface Row {
  readonly case: Case;
  readonly native: Reading;
  readonly filter: Reading;
  readonly answer: Answer;
  readonly verdict: Verdict;
}

const told: Readonly<Record<Verdict, string>> = {
  same: 'Envoy reads the same with the filter as without',
  'same weight': 'Envoy reads the same rate and utilization; a metric that TEXT cannot carry is left out',
  'headers win':
    'Envoy alone takes the trailers, since it cannot read the headers; with the filter it takes the headers',
  repaired: 'Envoy alone refuses it or logs an error for it; with the filter it weighs by it',
  'refused here': 'Envoy alone weighs by it; the filter refuses it',
  'refused by both': 'nobody can use it; with the filter Envoy logs no error for it',
  wrong: 'a mistake',
};

const why = `## What the filter refuses though Envoy would weigh by it

- **Beyond what a number can mean** (\`range\`): a rate above 10,000,000 per second or a utilization above 1,000,000. One host that
  lies so would draw all traffic, or lose all of it. \`MAX_REPORTED_RPS\` and \`MAX_UTILIZATION\` in \`assembly/bytes/caps.ts\`.
- **Not an amount** (\`nan\`, \`infinite\`, \`negative\`): Envoy looks at these in TEXT only; JSON and binary reports get past it.
- **Too long, too many** (\`too_long\`, \`too_many\`, \`name\`): 8,192 bytes, 64 metrics, 128 bytes of a name.
- **Not JSON** (\`malformed\`, \`name\`, \`number\`): protobuf's parser also takes single quotes, bare names, a comma before the closing
  brace and raw control characters; RFC 8259 does not.
- **Hexadecimal numbers** (\`number\`).
- **Groups** (\`protobuf\`), which proto3 does not have.
`;

/** What follows on the page is written by the test; what stands before is written by hand. */
export const MARK = '<!-- From here on written by test/conformance/orca.test.ts. -->';

export function listing(rows: readonly Row[], envoy: string, metricNames: readonly string[]): string {
  const count = (of: Verdict): number => rows.filter(({ verdict }) => verdict === of).length;
  const groups = [...new Set(rows.map(({ case: { group } }) => group))];
  const summary = (Object.keys(told) as Verdict[])
    .filter((of) => count(of) > 0)
    .map((of) => `| ${of} | ${count(of)} | ${told[of]} |`);
  return [
    MARK,
    '',
    '## What Envoy reads, and what it reads with the filter',
    '',
    `${rows.length} responses with load reports were given to Envoy ${envoy}, to a cluster that weighs by them as they come and to one`,
    'with `loadstar.report` in front; what Envoy then read is taken from its own trace log. `test/conformance/orca.test.ts` does it again',
    'and holds this page to it. `metricNamesForComputingUtilization` was',
    `${metricNames.map((name) => `\`${name}\``).join(', ')}. *measured*: the report has no rate, and the filter writes the one it measures.`,
    'Each cluster has one host here; what the filter makes of a host that says something else than its peers is in [FAULTS.md](FAULTS.md).',
    '',
    '| | reports | |',
    '| --- | ---: | --- |',
    ...summary,
    '',
    why,
    ...groups.flatMap((group) => [
      `## ${group}`,
      '',
      '| report | Envoy alone | | Envoy with the filter |',
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
