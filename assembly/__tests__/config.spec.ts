
import * as heap from '../bytes/heap';
import { ABSENT } from '../bytes/view';
import { decode, decodedMemory, decodedReporting, decodedSelection } from '../config/decode';
import { errorLine } from '../config/error';
import { Reporting } from '../config/model';
import { Key, Selection, Table } from '../select/model';
import { closeTables, hostAt, pick, policyAt, policyOf } from '../select/select';
import { bytesOf, prepare, textOf } from './support';

const TABLE = '{"size":53,"localityWeighted":false,"localities":[{"weight":1,"hosts":[["127.0.0.1:3001",1],["127.0.0.1:3000",1],["127.0.0.1:3002",1]]}]}';

function selectWith(tables: string, policies: string): string {
  return '{"role":"select","tables":[' + tables + '],"policies":[' + policies + ']}';
}

/** The refusal, without its fixed start; "good" when there is none. */
function refusal(text: string): string {
  prepare();
  if (decode(bytesOf(text))) {
    heap.free(decodedMemory());
    return 'good';
  }
  const line = textOf(errorLine());
  expect(line.startsWith('loadstar: configuration refused: ')).toBe(true);
  return line.substring(33);
}

function says(line: string, part: string): void {
  expect(line.includes(part)).toBe(true, line);
}

function keyOf(json: string): Key {
  prepare();
  expect(decode(bytesOf(selectWith(TABLE, '{"cluster":"a","table":0,"hash":[' + json + ']}')))).toBe(true);
  return changetype<Key>(policyAt(changetype<Selection>(decodedSelection()), 0).keys);
}

function refusedTable(size: string, hosts: string): string {
  return refusal(selectWith('{"size":' + size + ',"localities":[{"hosts":[' + hosts + ']}]}', '{"cluster":"a","table":0,"hash":[{"header":"x"}]}'));
}

describe('a selection', () => {
  test('has sorted hosts, hints, and the table that weights give', () => {
    prepare();
    const text = selectWith(TABLE, '{"cluster":"a","table":0,"hash":[{"source":"ip"}]},{"table":0,"cluster":"b","hash":[{"query":"q"}]}');
    expect(decode(bytesOf(text))).toBe(true);
    const selection = changetype<Selection>(decodedSelection());
    const policy = policyOf(selection, bytesOf('b'))!;
    expect(changetype<usize>(policy)).toBe(changetype<usize>(policyAt(selection, 1)));
    expect(policyOf(selection, bytesOf('c')) == null).toBe(true);
    const table = changetype<Table>(policy.table);
    expect(textOf(hostAt(table, 0).address)).toBe('127.0.0.1:3000');
    expect(textOf(hostAt(table, 0).hint)).toBe('MTI3LjAuMC4xOjMwMDA=');
    expect(table.slots).toBe(0, 'no slots before the first pick');
    let slots = '';
    for (let i = 0; i < 53; i++) {
      const host = changetype<usize>(pick(table, i, 0)!);
      for (let h = 0; h < 3; h++) if (host == changetype<usize>(hostAt(table, h))) slots += h.toString();
    }
    expect(slots).toBe('21101110200200212111020022021211011202202101121020020');
    closeTables(selection);
    heap.free(decodedMemory());
  });

  test('takes localities of weight 0, and tables without hosts', () => {
    prepare();
    const tables =
      '{"size":53,"localityWeighted":true,"localities":[{"weight":0,"hosts":[["1.1.1.1:1",1]]},{"weight":3,"hosts":[["[::2]:1",4294967290]]}]},' +
      '{"size":53,"localities":[]}';
    const policies = '{"cluster":"a","table":0,"hash":[{"source":"ip"}]},{"cluster":"b","table":1,"hash":[{"source":"ip"}]}';
    expect(decode(bytesOf(selectWith(tables, policies)))).toBe(true);
    const selection = changetype<Selection>(decodedSelection());
    const table = changetype<Table>(policyAt(selection, 0).table);
    expect(table.hostCount).toBe(1);
    expect(textOf(pick(table, 5, 0)!.address)).toBe('[::2]:1');
    expect(pick(changetype<Table>(policyAt(selection, 1).table), 5, 0) == null).toBe(true);
    closeTables(selection);
    heap.free(decodedMemory());
  });

  test('keeps what stands after the value of a cookie that the filter makes', () => {
    let key = keyOf('{"set":"Max-Age=60; SameSite=Strict; HttpOnly","cookie":"FooBar"}');
    expect(textOf(key.name)).toBe('FooBar');
    expect(textOf(key.set)).toBe('Max-Age=60; SameSite=Strict; HttpOnly');
    key = keyOf('{"cookie":"a"}');
    expect(key.set == ABSENT).toBe(true);
  });

  test('keeps header names in lower case', () => {
    expect(textOf(keyOf('{"header":"X-User"}').name)).toBe('x-user');
    expect(textOf(keyOf('{"query":"User"}').name)).toBe('User');
  });
});

describe('a reporting', () => {
  test('has its cluster and names', () => {
    prepare();
    expect(decode(bytesOf('{"role":"report","cluster":"c","strip":true,"metricNames":["named_metrics.a","cpu_utilization"]}'))).toBe(true);
    const reporting = changetype<Reporting>(decodedReporting());
    expect(textOf(reporting.cluster)).toBe('c');
    expect(textOf(reporting.sharedKey)).toBe('loadstar.responses.c');
    expect(reporting.strip).toBe(1);
    expect(reporting.nameCount).toBe(2);
    expect(textOf(load<u64>(reporting.names + 8))).toBe('cpu_utilization');
    expect(decodedSelection()).toBe(0);
    heap.free(decodedMemory());
  });
});

describe('refusals', () => {
  test('name the field', () => {
    const good = '{"cluster":"a","table":0,"hash":[{"header":"x"}]}';
    expect(refusal(selectWith(TABLE, good))).toBe('good');
    says(refusal(''), 'configuration: ');
    says(refusal('[]'), 'configuration: ');
    says(refusal('{}'), 'role: is missing');
    says(refusal('{"role":"x"}'), 'role: ');
    says(refusal('{"role":"select"}'), 'policies: is missing');
    says(refusal('{"role":"report"}'), 'cluster: is missing');
    says(refusal('{"role":"report","cluster":"c","zip":1}'), 'has the unknown field "zip"');
    says(refusal('{"role":"report","cluster":"c","only":true}'), 'role: ');
    says(refusal('{"role":"report","cluster":"c"} x'), 'not JSON');
    says(refusal(selectWith(TABLE, '')), 'policies: is empty');
    says(refusal(selectWith(TABLE, good + ',' + good)), 'have a cluster twice');
    says(refusal(selectWith(TABLE, '{"cluster":"a","table":1,"hash":[{"header":"x"}]}')), 'policies[0].table: ');
    says(refusal(selectWith(TABLE, '{"cluster":"a","table":-1,"hash":[{"header":"x"}]}')), 'policies[0].table: ');
    says(refusal(selectWith(TABLE, '{"table":0,"hash":[{"header":"x"}]}')), 'policies[0].cluster: is missing');
    says(refusal(selectWith(TABLE, '{"cluster":"a","table":0,"hash":[]}')), 'policies[0].hash: ');
    says(refusal(selectWith(TABLE, '{"cluster":"a","table":0,"hash":[{}]}')), 'policies[0].hash[0]: ');
    says(refusal(selectWith(TABLE, '{"cluster":"a","table":0,"hash":[{"source":"port"}]}')), 'policies[0].hash[0]: ');
    says(refusal(selectWith(TABLE, '{"cluster":"a","table":0,"hash":[{"header":"x","set":"HttpOnly"}]}')), 'only a cookie');
    says(refusal(selectWith(TABLE, '{"cluster":"a","table":0,"hash":[{"cookie":"x","set":""}]}')), 'hash[0].set: must be');
    says(refusal(selectWith(TABLE, '{"cluster":"a","table":0,"hash":[{"cookie":"x","set":1}]}')), 'hash[0].set: must be');
    says(refusal(selectWith(TABLE, '{"cluster":"a","table":0,"hash":[{"cookie":"x","ttl":1}]}')), 'has the unknown field "ttl"');
    says(refusal(selectWith(TABLE, '{"cluster":"a","table":0,"hash":[{"header":"x","cookie":"y"}]}')), 'one of ');
  });

  test('of tables', () => {
    says(refusedTable('4', ''), 'tables[0].size: ');
    says(refusedTable('1', ''), 'tables[0].size: ');
    says(refusedTable('5000021', ''), 'tables[0].size: must be a prime number from 2 to 5000011');
    says(refusedTable('53.0', ''), 'tables[0].size: ');
    says(refusedTable('53', '["nope",1]'), 'tables[0].localities[0].hosts[0]: ');
    says(refusedTable('53', '["1.1.1.1:1",1],["1.1.1.1:2",0]'), 'tables[0].localities[0].hosts[1]: ');
    says(refusedTable('53', '["1.1.1.1:1"]'), 'hosts[0]: ');
    says(refusedTable('53', '["1.1.1.1:1",1,2]'), 'hosts[0]: ');
    says(refusedTable('53', '["1.1.1.1:1",4294967295],["1.1.1.1:2",1]'), 'in sum');
    says(refusal(selectWith('{"localities":[]}', '{"cluster":"a","table":0,"hash":[{"header":"x"}]}')), 'tables[0].size: is missing');
    says(refusal(selectWith('{"size":53}', '{"cluster":"a","table":0,"hash":[{"header":"x"}]}')), 'localities: is missing');
  });

  test('cut short anywhere, the text is refused and nothing leaks', () => {
    const text = selectWith(TABLE, '{"cluster":"a","table":0,"hash":[{"cookie":"x","set":"a=b; HttpOnly"}]}');
    prepare();
    const before = heap.alloc(16);
    heap.free(before);
    for (let i = 0; i < text.length; i++) expect(refusal(text.substring(0, i))).not.toBe('good');
    prepare();
    expect(heap.alloc(16)).toBe(before);
  });
});
