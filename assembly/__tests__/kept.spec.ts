/** What outlives a configuration: built tables, and what is learnt of hosts. */
import { decode, decodedMemory, decodedReporting, decodedSelection } from '../config/decode';
import { errorLine } from '../config/error';
import { Reporting } from '../config/model';
import * as heap from '../bytes/heap';
import { compact, HostLoad, hostOf, isGone } from '../load/hosts';
import { closeLearnt, Learnt, openLearnt } from '../load/learnt';
import { keptCount } from '../select/kept';
import { Selection, Table, TABLE_BYTES } from '../select/model';
import { closeTables, openTables, pick } from '../select/select';
import { bytesOf, prepare, textOf } from './support';

/** A selection with a table for each list of hosts, as JSON. */
function selectionOf(tables: string[], tableSize: string = '53'): Selection {
  let list = '';
  for (let i = 0; i < tables.length; i++) {
    list += (i > 0 ? ',' : '') + '{"size":' + tableSize + ',"localities":[{"hosts":[' + tables[i] + ']}]}';
  }
  const text =
    '{"role":"select","tables":[' + list + '],"policies":[{"cluster":"c","table":0,"hash":[{"header":"x"}]}]}';
  expect(decode(bytesOf(text))).toBe(true, textOf(errorLine()));
  const selection = changetype<Selection>(decodedSelection());
  openTables(selection);
  return selection;
}

function tableAt(selection: Selection, index: u32): Table {
  return changetype<Table>(selection.tables + <usize>index * TABLE_BYTES);
}

const two = '["10.0.0.1:80",1],["10.0.0.2:80",1]';
const three = two + ',["10.0.0.3:80",1]';

describe('built tables', () => {
  beforeEach(prepare);

  test('are shared by equal content, in any order of the configuration, and freed with the last', () => {
    const old = selectionOf([two, three]);
    pick(tableAt(old, 0), 1, 0);
    pick(tableAt(old, 1), 1, 0);
    expect(keptCount()).toBe(2);
    const slots = tableAt(old, 1).slots;
    const next = selectionOf(['["10.0.0.3:80",1],["10.0.0.2:80",1],["10.0.0.1:80",1]', '["10.0.0.9:80",1]']);
    expect(tableAt(next, 0).slots).toBe(slots);
    expect(tableAt(next, 1).slots).toBe(0);
    closeTables(old);
    expect(keptCount()).toBe(1);
    pick(tableAt(next, 1), 1, 0);
    expect(keptCount()).toBe(2);
    closeTables(next);
    expect(keptCount()).toBe(0);
  });

  test('are not shared where size, a weight, an address or the number of hosts differs', () => {
    const old = selectionOf([three]);
    pick(tableAt(old, 0), 1, 0);
    const others = [
      two,
      two + ',["10.0.0.3:80",2]',
      two + ',["10.0.0.3:81",1]',
      two + ',["10.0.0.33:80",1]',
      three + ',["10.0.0.4:80",1]',
    ];
    for (let i = 0; i < others.length; i++) {
      const other = selectionOf([others[i]]);
      expect(tableAt(other, 0).slots).toBe(0, others[i]);
      closeTables(other);
    }
    const larger = selectionOf([three], '59');
    expect(tableAt(larger, 0).slots).toBe(0);
    closeTables(larger);
    closeTables(old);
    expect(keptCount()).toBe(0);
  });

  test('a hash that is equal by chance is not enough', () => {
    const old = selectionOf([two]);
    pick(tableAt(old, 0), 1, 0);
    const other = selectionOf([three]);
    pick(tableAt(other, 0), 1, 0);
    // The hash is the first field of the record, which the slots follow.
    const record = tableAt(old, 0).slots - 32;
    const wanted = tableAt(other, 0).slots - 32;
    expect(load<u32>(record + 16)).toBe(1, 'one reference');
    store<u64>(record, load<u64>(wanted));
    const again = selectionOf([three]);
    expect(tableAt(again, 0).slots).toBe(tableAt(other, 0).slots);
    expect(tableAt(again, 0).slots).not.toBe(tableAt(old, 0).slots);
  });
});

function reportingOf(names: string, strip: string = 'true', cluster: string = 'c'): Reporting {
  const text = '{"role":"report","cluster":"' + cluster + '","strip":' + strip + ',"metricNames":' + names + '}';
  expect(decode(bytesOf(text))).toBe(true, textOf(errorLine()));
  return changetype<Reporting>(decodedReporting());
}

function learntOf(names: string, strip: string = 'true', cluster: string = 'c'): Learnt {
  const reporting = reportingOf(names, strip, cluster);
  return openLearnt(reporting.cluster, reporting.namesText)!;
}

function busyHost(learnt: Learnt): HostLoad {
  const host = hostOf(learnt, bytesOf('10.0.0.1:80'))!;
  host.rate = 70;
  host.quick = 70;
  host.load = 0.4;
  host.quickSquare = 0.2;
  host.weight = 175;
  host.pending = 3;
  host.utilization = 0.4;
  host.seen = 5;
  return host;
}

describe('what is learnt of hosts', () => {
  beforeEach(prepare);

  test('is gone on with by a configuration of the same cluster and names, and ends with the last', () => {
    const old = learntOf('["a","b"]');
    const host = busyHost(old);
    const memory = decodedMemory();
    const next = learntOf('["a","b"]', 'false');
    heap.free(memory);
    expect(changetype<usize>(next)).toBe(changetype<usize>(old));
    closeLearnt(old);
    expect(hostOf(next, bytesOf('10.0.0.1:80'))!.weight).toBe(175);
    expect(changetype<usize>(hostOf(next, bytesOf('10.0.0.1:80')))).toBe(changetype<usize>(host));
    closeLearnt(next);
    const anew = learntOf('["a","b"]');
    expect(anew.count).toBe(0);
    closeLearnt(anew);
  });

  test('by other names goes on with rates and weights, without utilizations; both can be used', () => {
    const old = learntOf('["a"]');
    const before = busyHost(old);
    old.mean = 50;
    old.lastSum = 900;
    old.medianWeight = 33;
    old.median = 0.5;
    const next = learntOf('["a","b"]');
    const host = hostOf(next, bytesOf('10.0.0.1:80'))!;
    expect(changetype<usize>(host)).not.toBe(changetype<usize>(before));
    expect([next.mean, next.medianWeight, <f64>next.lastSum]).toStrictEqual([50, 33, 900]);
    expect(next.median).toBe(0);
    expect([host.rate, host.quick, host.weight]).toStrictEqual([70, 70, 175]);
    expect([host.load, host.quickSquare, host.utilization]).toStrictEqual([-1, 0, -1]);
    expect([before.load, before.quickSquare, before.utilization]).toStrictEqual([0.4, 0.2, 0.4]);
    expect(host.pending).toBe(3);
    expect(before.pending).toBe(0);
    // Back again while a stream of the old one is under way.
    expect(changetype<usize>(learntOf('["a"]'))).toBe(changetype<usize>(old));
    closeLearnt(old);
    closeLearnt(old);
    closeLearnt(next);
  });

  test('is not that of another cluster, nor of names that only look alike', () => {
    const old = learntOf('["ab","c"]');
    busyHost(old);
    const other = learntOf('["ab","c"]', 'true', 'd');
    expect(other.count).toBe(0);
    expect(changetype<usize>(learntOf('["a","bc"]'))).not.toBe(changetype<usize>(old));
    expect(changetype<usize>(learntOf('["abc"]'))).not.toBe(changetype<usize>(old));
  });

  test('forgets a host that has not answered for three minutes', () => {
    const learnt = learntOf('[]', 'true', 'forget');
    const host = busyHost(learnt);
    const later = host.seen + 180000000000;
    expect(isGone(learnt, host, later + 1)).toBe(false, 'it has answered since the last tick');
    host.pending = 0;
    expect(isGone(learnt, host, later)).toBe(false);
    expect(isGone(learnt, host, later + 1)).toBe(true);
    expect(isGone(learnt, host, 1)).toBe(false, 'a clock that goes back');
    hostOf(learnt, bytesOf('10.0.0.2:80'))!.rate = 5;
    host.gone = 1;
    compact(learnt, 1);
    expect(learnt.count).toBe(1);
    expect(hostOf(learnt, bytesOf('10.0.0.2:80'))!.rate).toBe(5);
    expect(hostOf(learnt, bytesOf('10.0.0.1:80'))!.rate).toBe(-1, 'it begins anew');
    closeLearnt(learnt);
  });

  test('makes room for new hosts by idle ones when there are many', () => {
    const learnt = learntOf('[]', 'true', 'many');
    for (let i = 0; i < 5000; i++) {
      const host = hostOf(learnt, bytesOf('h' + i.toString()));
      if (host) host.rate = 0.0001;
    }
    expect(learnt.count).toBe(4096);
    expect(hostOf(learnt, bytesOf('one-more')) == null).toBe(true);
    const idle = hostOf(learnt, bytesOf('h7'))!;
    expect(isGone(learnt, idle, 1)).toBe(true);
    idle.gone = 1;
    compact(learnt, 4095);
    expect(hostOf(learnt, bytesOf('one-more')) == null).toBe(false);
    closeLearnt(learnt);
  });
});
