/** Envoy's page of clusters, read again and again: right each time, nothing made of what did not change. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClustersReader } from '../../../host/dashboard/clusters-page.ts';

interface Host {
  readonly name: string;
  readonly total: number;
  readonly flags?: string;
}
const host = ({ name, total, flags = 'healthy' }: Host): string => `${name}::cx_active::1
${name}::cx_total::3
${name}::rq_active::1
${name}::rq_error::2
${name}::rq_total::${total}
${name}::hostname::a.example.com
${name}::health_flags::${flags}
${name}::weight::1
`;
const head = (cluster: string) => `${cluster}::default_priority::max_connections::1024
${cluster}::added_via_api::true
`;
const sick = '/failed_active_hc/failed_outlier_check';
const page = (total: number, flags = 'healthy'): string =>
  [
    head('a/to/web'),
    host({ name: 'a/to/web::127.0.0.1:3000', total }),
    host({ name: 'a/to/web::[2001:db8::1]:3000', total: 7, flags: sick }),
    head('b'),
    host({ name: 'b::127.0.0.1:3000', total: 4, flags }),
    head('other'),
    host({ name: 'other::127.0.0.9:1', total: 5 }),
  ].join('');
const wanted = new Set(['a/to/web', 'b']);
const read = (reader: ClustersReader, text: string) => reader.read(Buffer.from(text), wanted);

test('counts of the hosts of wanted clusters', () => {
  const clusters = read(new ClustersReader(), page(12));
  assert.deepEqual([...clusters.keys()], ['a/to/web', 'b']);
  assert.deepEqual(
    [...clusters.get('a/to/web')!],
    [
      ['127.0.0.1:3000', { total: 12, errors: 2, inFlight: 1, why: '' }],
      [
        '[2001:db8::1]:3000',
        { total: 7, errors: 2, inFlight: 1, why: 'failed_active_hc, failed_outlier_check' },
      ],
    ],
  );
});

test('a cluster without changes is the same object, one with changes has new counts', () => {
  const reader = new ClustersReader();
  const first = read(reader, page(12));
  const second = read(reader, page(13));
  assert.equal(second.get('b'), first.get('b'));
  assert.equal(first.get('a/to/web')!.get('127.0.0.1:3000')!.total, 12);
  assert.equal(second.get('a/to/web')!.get('127.0.0.1:3000')!.total, 13);
  const third = read(reader, page(13, '/pending_active_hc'));
  assert.equal(third.get('a/to/web'), second.get('a/to/web'));
  assert.equal(third.get('b')!.get('127.0.0.1:3000')!.why, 'pending_active_hc');
});

test('hosts that come, go or change their places are read as by a new reader', () => {
  const reader = new ClustersReader();
  const [one, two, three] = [1, 2, 3].map((last) => host({ name: `b::10.0.0.${last}:80`, total: last }));
  for (const hosts of [[one, two], [two, one], [one, three, two], [three], [], [one, two, three]]) {
    const text = `${head('b')}${hosts.join('')}`;
    assert.deepEqual(read(reader, text), read(new ClustersReader(), text));
    assert.equal(read(reader, text).get('b')?.size ?? 0, hosts.length);
  }
});

test('a page that is cut anywhere, or is none, is read as far as it goes', () => {
  const whole = Buffer.from(page(12, sick));
  const reader = new ClustersReader();
  for (let length = 0; length <= whole.length; length++) {
    const cut = reader.read(whole.subarray(0, length), wanted);
    assert.ok(cut.size <= 2);
  }
  assert.equal(reader.read(whole, wanted).get('b')!.get('127.0.0.1:3000')!.total, 4);
  for (const text of [
    '::cx_active::',
    '\n\n::cx_active::\n',
    'b::cx_active::1\n',
    'b::x::cx_active::1\n::rq_total::-x\n',
  ])
    assert.equal(read(new ClustersReader(), text).size <= 1, true);
});
