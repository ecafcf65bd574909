import * as writer from '../bytes/writer';
import { parseBinaryHeader, parseHeader } from '../orca/parse';
import * as repair from '../orca/repair';
import * as report from '../orca/load-report';
import { bytesOf, prepare, textOf } from './support';

const out: usize = memory.data(16384, 8);
const names: usize = memory.data(64, 8);

function finish(): string {
  if (report.reason() == report.REASON_NONE) repair.ensureUtilization();
  if (report.reason() != report.REASON_NONE) return 'refused ' + report.reason().toString();
  if (report.isExact() && report.valueOf(report.FIELD_RPS_FRACTIONAL) > 0) return 'as it is';
  if (report.valueOf(report.FIELD_RPS_FRACTIONAL) <= 0) repair.setRate(repair.ownRate() > 0 ? repair.ownRate() : 7);
  writer.open(out, 16384);
  repair.emit();
  return textOf(writer.written());
}

/** What becomes of `endpoint-load-metrics`. */
function plain(value: string): string {
  prepare();
  parseHeader(bytesOf(value));
  return finish();
}

/** What becomes of `endpoint-load-metrics-bin`. */
function binary(value: string): string {
  prepare();
  parseBinaryHeader(bytesOf(value));
  return finish();
}

function configure(list: string[]): void {
  for (let i = 0; i < list.length; i++) store<u64>(names + i * 8, bytesOf(list[i]));
  repair.useMetricNames(names, list.length);
}

function refused(value: string, reason: u32): void {
  expect(plain(value)).toBe('refused ' + reason.toString(), value.substring(0, 60));
}

/**
 * Half of the cpu, 100 requests and 2 errors per second, rif 4: from Envoy's own test (orca_parser_test.cc).
 */
const GRPC_GO = 'CQAAAAAAAOA/MQAAAAAAAFlAOQAAAAAAAABAQg4KA3JpZhEAAAAAAAAQQA';

describe('the documented reports', () => {
  beforeEach(() => configure([]));

  test('TEXT with short names', () => {
    expect(plain('TEXT cpu=0.3,mem=0.8,foo_bytes=123')).toBe(
      'TEXT cpu_utilization:0.3,mem_utilization:0.8,named_metrics.foo_bytes:123,rps_fractional:7',
    );
  });

  test('JSON without a rate', () => {
    expect(plain('JSON {"cpu_utilization": 0.3, "mem_utilization": 0.8}')).toBe(
      'TEXT cpu_utilization:0.3,mem_utilization:0.8,rps_fractional:7',
    );
  });

  test('the binary one is no message', () => {
    expect(binary('Cg4KCHNvbWUta2V5Eg0AAAAAAADwPw==')).toBe('refused ' + report.REASON_PROTOBUF.toString());
  });
});

describe('reports that Envoy takes', () => {
  beforeEach(() => configure([]));

  test('stay as they are', () => {
    expect(plain('TEXT cpu_utilization:0.3,rps_fractional:10')).toBe('as it is');
    expect(plain('TEXT cpu_utilization=0.3, rps_fractional=10, eps=1,named_metrics.a.b=2')).toBe('as it is');
    expect(plain('JSON {"cpu_utilization":0.3,"rps_fractional":10,"named_metrics":{"a b":1}}')).toBe('as it is');
    expect(binary(GRPC_GO + '==')).toBe('as it is');
    expect(plain('BIN ' + GRPC_GO + '==')).toBe('as it is');
  });
});

describe('tolerance', () => {
  beforeEach(() => configure([]));

  test('of prefixes, case, spaces and separators', () => {
    const want = 'TEXT cpu_utilization:0.5,rps_fractional:3';
    expect(plain('text cpu_utilization:0.5,rps_fractional:3')).toBe(want);
    expect(plain('cpu_utilization:0.5,rps_fractional:3')).toBe(want);
    expect(plain('TEXT  cpu_utilization = 0.5 , ,rps_fractional : 3,')).toBe(want);
    expect(plain('TEXT CPU=0.5,QPS=3')).toBe(want);
    expect(plain('TEXT cpuUtilization=+0.5,rpsFractional=3')).toBe(want);
    expect(plain('Json {"cpuUtilization":0.5,"rpsFractional":"3"}')).toBe(want);
    expect(plain('{"cpu":0.5,"qps":3,"mem":null}')).toBe(want);
    expect(plain('bin ' + GRPC_GO)).toBe('TEXT cpu_utilization:0.5,rps_fractional:100,eps:2,named_metrics.rif:4');
    expect(binary(GRPC_GO)).toBe('TEXT cpu_utilization:0.5,rps_fractional:100,eps:2,named_metrics.rif:4');
  });

  test('of the deprecated rate, which Envoy does not read', () => {
    expect(plain('JSON {"cpu_utilization":0.5,"rps":9}')).toBe('TEXT cpu_utilization:0.5,rps_fractional:9');
  });

  test('of that rate beside the one that counts, which TEXT must not carry', () => {
    expect(plain('TEXT cpu_utilization=0.5,rps=3,rps_fractional=4')).toBe('TEXT cpu_utilization:0.5,rps_fractional:4');
  });

  test('of unknown numbers, which become named metrics', () => {
    expect(plain('JSON {"cpu_utilization":0.5,"gpu":2,"rps_fractional":1}')).toBe(
      'TEXT cpu_utilization:0.5,named_metrics.gpu:2,rps_fractional:1',
    );
    expect(plain('application_utilization:4,named_metrics.queue_depth:4')).toBe(
      'TEXT application_utilization:4,named_metrics.queue_depth:4,rps_fractional:7',
    );
  });

  test('numbers keep their text', () => {
    expect(plain('TEXT cpu=0.30000000000000004e0,x=1e-7')).toBe(
      'TEXT cpu_utilization:0.30000000000000004e0,named_metrics.x:1e-7,rps_fractional:7',
    );
  });
});

describe('utilization', () => {
  beforeEach(() => configure([]));

  test('of a model server comes from its cache', () => {
    expect(plain('TEXT named_metrics.kv_cache_usage_perc=0.4, named_metrics.num_requests_waiting=3')).toBe(
      'TEXT named_metrics.kv_cache_usage_perc:0.4,named_metrics.num_requests_waiting:3,application_utilization:0.4,rps_fractional:7',
    );
  });

  test('of 0 means an idle host', () => {
    expect(plain('TEXT cpu_utilization=0')).toBe('TEXT cpu_utilization:0,application_utilization:0.01,rps_fractional:7');
  });

  test('of nothing is refused', () => {
    const no = 'refused ' + report.REASON_NO_UTILIZATION.toString();
    expect(plain('TEXT mem_utilization=0.8,rps_fractional=3')).toBe(no);
    expect(plain('TEXT named_metrics.num_requests_waiting=3')).toBe(no);
  });

  test("of the policy's metrics comes first", () => {
    configure(['named_metrics.foo', 'utilization.bar', 'mem_utilization']);
    expect(plain('TEXT named_metrics.foo=0.5,rps_fractional=3')).toBe('as it is');
    expect(plain('TEXT mem_utilization=0.8,rps_fractional=3')).toBe('as it is');
    expect(repair.utilization()).toBe(0.8);
    expect(plain('TEXT utilization.bar=0.9,utilization.other=1,cpu=0.1')).toBe(
      'TEXT utilization.bar:0.9,cpu_utilization:0.1,rps_fractional:7',
    );
    expect(repair.utilization()).toBe(0.9);
  });
});

describe('refusals', () => {
  beforeEach(() => configure([]));

  test('name their reason', () => {
    refused('', report.REASON_EMPTY);
    refused('TEXT ', report.REASON_MALFORMED);
    refused('TEXT ,,', report.REASON_EMPTY);
    refused('JSON {}', report.REASON_EMPTY);
    refused('BIN !', report.REASON_BASE64);
    refused('TEXT cpu', report.REASON_MALFORMED);
    refused('BAD random-value', report.REASON_MALFORMED);
    refused('BAD cpu=0.3', report.REASON_NAME);
    refused('TEXT =1', report.REASON_NAME);
    refused('TEXT named_metrics.=1', report.REASON_NAME);
    refused('TEXT cpu=x', report.REASON_NUMBER);
    refused('TEXT cpu=', report.REASON_NUMBER);
    refused('TEXT cpu="0.3"', report.REASON_NUMBER);
    refused('TEXT cpu=nan', report.REASON_NAN);
    refused('TEXT cpu=inf', report.REASON_INFINITE);
    refused('TEXT cpu=1e999', report.REASON_INFINITE);
    refused('TEXT cpu=-1', report.REASON_NEGATIVE);
    refused('TEXT cpu=1e308', report.REASON_RANGE);
    refused('TEXT cpu=0.5,rps=1e8', report.REASON_RANGE);
    refused('TEXT cpu=0.5,cpu_utilization=0.5', report.REASON_DUPLICATE);
    refused('TEXT cpu=0.5,named_metrics.a=1,a=1', report.REASON_DUPLICATE);
    refused('JSON {"cpu_utilization":0.5,"named_metrics":{"a":1,"a":2}}', report.REASON_DUPLICATE);
    refused('JSON {"cpu_utilization":0.5', report.REASON_MALFORMED);
    refused('JSON {"cpu_utilization":0.5} x', report.REASON_MALFORMED);
    refused('JSON [0.5]', report.REASON_MALFORMED);
    refused('JSON {"cpu_utilization":true}', report.REASON_NUMBER);
    refused('JSON {"cpu_utilization":[1]}', report.REASON_NUMBER);
    refused('JSON {"named_metrics":{"a":{"b":1}}}', report.REASON_NUMBER);
    refused('JSON {"thing":{"a":1}}', report.REASON_NAME);
    refused('JSON {"cpu_utilization":"NaN"}', report.REASON_NAN);
  });

  test('have bounds', () => {
    refused('TEXT ' + 'a'.repeat(129) + '=1', report.REASON_NAME);
    refused('TEXT cpu=0.5,x=' + '1'.repeat(9000), report.REASON_TOO_LONG);
    let many = 'TEXT cpu=0.5';
    for (let i = 0; i < 64; i++) many += ',m' + i.toString() + '=1';
    refused(many, report.REASON_TOO_MANY);
  });

  test('of binary reports', () => {
    expect(binary('')).toBe('refused ' + report.REASON_EMPTY.toString());
    expect(binary('Zh==')).toBe('refused ' + report.REASON_BASE64.toString());
    // cpu_utilization = -1
    expect(binary('CQAAAAAAAPC/')).toBe('refused ' + report.REASON_NEGATIVE.toString());
    // cpu_utilization = NaN
    expect(binary('CQAAAAAAAPh/')).toBe('refused ' + report.REASON_NAN.toString());
    // cpu_utilization with a tag of six bytes
    expect(binary('iYCAgIAAAAAAAAAA4D8=')).toBe('refused ' + report.REASON_PROTOBUF.toString());
    // cpu_utilization cut short
    expect(binary('CQAAAAAA')).toBe('refused ' + report.REASON_PROTOBUF.toString());
  });
});

describe('what comes twice', () => {
  beforeEach(() => configure([]));

  test('counts the last time in JSON and protobuf, as in Envoy', () => {
    expect(plain('JSON {"cpu_utilization":0.4,"cpu_utilization":0.5}')).toBe('TEXT cpu_utilization:0.5,rps_fractional:7');
    // cpu_utilization 0.25, then 0.5
    expect(binary('CQAAAAAAANA/CQAAAAAAAOA/')).toBe('TEXT cpu_utilization:0.5,rps_fractional:7');
  });
});

describe('a report with as many metrics as there may be', () => {
  beforeEach(() => configure([]));

  test('has room for the rate and the utilization that it lacks', () => {
    let many = 'TEXT cpu=0';
    for (let i = 0; i < 62; i++) many += ',m' + i.toString() + '=1';
    expect(plain(many + ',eps=1').endsWith(',eps:1,application_utilization:0.01,rps_fractional:7')).toBe(true);
  });
});

describe('what TEXT cannot carry', () => {
  beforeEach(() => configure([]));

  test('is left out of the report that is written', () => {
    expect(plain('JSON {"cpu_utilization":0.5,"named_metrics":{"a b":1,"c,d":2,"e":3},"request_cost":{"x":1}}')).toBe(
      'TEXT cpu_utilization:0.5,named_metrics.e:3,rps_fractional:7',
    );
    // A named metric whose name is the bytes ff fe.
    expect(binary('CQAAAAAAAOA/MQAAAAAAABxAQg0KAv/+ETMzMzMzM9M/')).toBe('TEXT cpu_utilization:0.5,rps_fractional:7');
  });

  test('stays in a report that Envoy takes as it is', () => {
    expect(plain('TEXT cpu_utilization=0.5,rps_fractional=7,named_metrics.a b"c=1')).toBe('as it is');
  });
});
