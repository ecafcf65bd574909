/** The filter's lines about load reports, as the dashboard keeps them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_HEARD } from '../../../host/dashboard/contract.ts';
import { HeardReports, readLine } from '../../../host/dashboard/heard.ts';

const HEAD = '[2026-11-28 01:00:00.000][7][debug][wasm] [source/x.cc:1] wasm log loadstar.report: ';
const line = (rest: string): string => `${HEAD}loadstar load report ${rest}`;
const all = () => new HeardReports((pool) => (pool === 'gone' ? undefined : { metricNames: [] }));

test('lines that are something else, or not whole, are passed over', () => {
  for (const text of [
    '',
    HEAD,
    line(''),
    line('c h 1 2 3 refused nan plain'),
    line('c h 1 2 3 wobbles - plain 4 TEXT'),
  ])
    assert.equal(readLine(text, 0), undefined, text);
  const heard = all();
  heard.add(line('gone h 1 0 0 accepted - plain 4 TEXT'), 0);
  assert.deepEqual(heard.listed().hosts, []);
});

test('counts of lines add up; the last good and the last refused report are kept', () => {
  const heard = all();
  heard.add(line('c h:80 0 3 0 repaired - plain 12 TEXT cpu=0.5'), 1);
  heard.add(line('c h:80 1 2 4 refused nan plain 12 TEXT cpu=nan'), 2);
  heard.add(line('c h:80 0 1 0 repaired - plain 13 TEXT cpu=0.25'), 3);
  const [host] = heard.listed().hosts;
  assert.deepEqual([host!.accepted, host!.repaired, host!.refused], [1, 6, 4]);
  assert.deepEqual(
    host!.reports.map(({ at, value, because }) => [at, value, because]),
    [
      [3, 'TEXT cpu=0.25', ''],
      [2, 'TEXT cpu=nan', 'a value is NaN'],
    ],
  );
  assert.equal(host!.reports[0]!.native!.error, 'unsupported metric name: cpu');
});

test('what was cut is not read as if it were whole', () => {
  const heard = all();
  heard.add(line('c h:80 0 0 1 refused too_long plain 9000 TEXT cpu_utilization=0.5'), 1);
  assert.equal(heard.listed().hosts[0]!.reports[0]!.native, undefined);
});

test('hosts with refused reports come first, and others are counted', () => {
  const heard = all();
  for (let i = 0; i < MAX_HEARD + 5; i++) heard.add(line(`c h${i} 0 1 0 repaired - plain 4 TEXT`), 1);
  heard.add(line('c z 0 0 1 refused empty plain 0 '), 1);
  const { hosts, more } = heard.listed();
  assert.deepEqual([hosts.length, more, hosts[0]!.host], [MAX_HEARD, 6, 'z']);
});

test('why nothing can be heard is told, by who failed alone', () => {
  const heard = all();
  heard.listed();
  assert.equal(heard.isNew, false);
  heard.fail('Envoy does not answer');
  assert.equal(heard.isNew, true);
  assert.equal(heard.listed().trouble, 'Envoy does not answer');
  assert.equal(all().listed().trouble, '');
});
