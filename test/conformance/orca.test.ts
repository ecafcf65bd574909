/**
 * Load reports given to a native Envoy and to one with the filter in front of its balancer: where Envoy
 * weighs by a report, it reads the same with the filter; where it does not, the filter makes it usable or
 * takes it away. docs/ORCA.md lists them all, and is held to what is measured here (LOADSTAR_GOLDEN=write
 * writes it anew).
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { effectOf, verdict } from './orca/compare.ts';
import { OrcaLab } from './orca/envoy.ts';
import { filterAnswer } from './orca/filter.ts';
import { listing, MARK, type Row } from './orca/listing.ts';
import { cases, metricNames } from './orca/reports.ts';

const page = fileURLToPath(new URL('../../docs/ORCA.md', import.meta.url));
let lab: OrcaLab;
let rows: Row[] = [];

before(async () => {
  lab = await OrcaLab.start(metricNames);
  const native = await lab.read('native', cases);
  const filter = await lab.read('filter', cases);
  rows = cases.map((one, i) => {
    const answer = filterAnswer(one, metricNames);
    return {
      case: one,
      native: native[i]!,
      filter: filter[i]!,
      answer,
      verdict: verdict(native[i]!, filter[i]!, answer),
    };
  });
});
after(() => lab?.stop());

const brief = ({ case: { group, name }, native, filter, answer }: Row): string =>
  `${group}: ${name}: ${JSON.stringify({ native, filter, answer })}`.slice(0, 500);

describe('load reports, Envoy with and without the filter', () => {
  test('there are 400 and more, each with a name of its own', (t) => {
    t.diagnostic(`${cases.length} reports`);
    assert.ok(cases.length >= 400);
    assert.equal(new Set(cases.map(({ group, name }) => `${group}: ${name}`)).size, cases.length);
  });

  test('Envoy weighs by hundreds of them, and understands none of hundreds', () => {
    // What is compared must occur: had the log not been understood, all would be 'none'.
    const effects = rows.map(({ native }) => effectOf(native));
    for (const [effect, least] of [
      ['weight', 150],
      ['refused', 150],
      ['no rate', 20],
      ['no utilization', 20],
    ] as const)
      assert.ok(
        effects.filter((e) => e === effect).length >= least,
        `${effect}: ${effects.filter((e) => e === effect).length}`,
      );
  });

  test('none is read otherwise, and none that is left makes Envoy log an error', () => {
    assert.deepEqual(rows.filter((row) => row.verdict === 'wrong').map(brief), []);
  });

  test('what the filter refuses though Envoy would take it has a reason of the list', () => {
    const reasons = new Set([
      'range',
      'nan',
      'infinite',
      'negative',
      'too_long',
      'too_many',
      'name',
      'number',
      'malformed',
      'protobuf',
    ]);
    const refused = rows.filter((row) => row.verdict === 'refused here');
    assert.deepEqual(
      refused.filter(({ answer }) => !answer.reasons.every((reason) => reasons.has(reason))).map(brief),
      [],
    );
    // The names of reports with nothing wrong but their form: were one of these refused, a healthy service
    // would lose its weight.
    assert.deepEqual(
      refused
        .filter(({ case: { group } }) => group === 'Seen in the wild' || group === 'Headers and trailers')
        .map(brief),
      [],
    );
  });

  test('of what is seen in the wild, the filter makes all usable that says how busy the host is', () => {
    const wild = rows.filter(({ case: { group } }) => group === 'Seen in the wild');
    assert.ok(wild.length >= 10);
    const unusable = wild
      .filter(({ filter }) => effectOf(filter) !== 'weight')
      .map(({ case: { name } }) => name);
    assert.deepEqual(unusable, ['no prefix (Azure)']);
  });

  test('docs/ORCA.md lists them', async (t) => {
    const version = await lab.version();
    const text = listing(rows, version, metricNames);
    const [byHand, before] = readFileSync(page, 'utf8').split(MARK);
    if (process.env.LOADSTAR_GOLDEN === 'write') writeFileSync(page, byHand + text);
    const written = process.env.LOADSTAR_GOLDEN === 'write' ? text : MARK + before;
    const measured = /Envoy (\d+\.\d+\.\d+)/.exec(written)?.[1];
    if (measured !== version)
      return t.skip(`the page was measured with Envoy ${measured}, this is ${version}`);
    assert.equal(text, written, 'LOADSTAR_GOLDEN=write writes it anew');
  });
});
