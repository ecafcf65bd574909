import * as arena from '../bytes/arena';
import { decode, encode, unpaddedLength } from '../bytes/base64';
import * as heap from '../bytes/heap';
import * as json from '../bytes/json';
import {
  NUMBER_INFINITE,
  NUMBER_MALFORMED,
  NUMBER_NAN,
  NUMBER_NEGATIVE,
  NUMBER_OK,
  numberResult,
  parseFloat64,
  parseUnsigned,
} from '../bytes/number';
import * as protobuf from '../bytes/protobuf';
import { at, compare, find, isOneOf, size, trim, view } from '../bytes/view';
import * as writer from '../bytes/writer';
import { bytesOf, prepare, textOf } from './support';

const room: usize = memory.data(256, 8);

function base64(text: string): string {
  writer.open(room, 256);
  encode(bytesOf(text));
  return textOf(writer.written());
}

function unbase64(text: string): string {
  const length = decode(bytesOf(text), room);
  return length < 0 ? '(refused)' : textOf(view(room, length));
}

function float(value: f64): string {
  writer.open(room, 256);
  writer.float(value);
  return textOf(writer.written());
}

function isJson(text: string): bool {
  json.open(bytesOf(text));
  json.skip();
  return json.atEnd();
}

function jsonString(text: string): string {
  json.open(bytesOf(text));
  const value = json.stringValue();
  return json.failed() ? '(refused)' : textOf(value);
}

describe('base64', () => {
  test('the vectors of RFC 4648', () => {
    expect(base64('')).toBe('');
    expect(base64('f')).toBe('Zg==');
    expect(base64('fo')).toBe('Zm8=');
    expect(base64('foobar')).toBe('Zm9vYmFy');
    expect(base64('127.0.0.1:3001')).toBe('MTI3LjAuMC4xOjMwMDE=');
    expect(unbase64('Zm9vYg==')).toBe('foob');
    expect(unbase64('Zm9vYg')).toBe('foob');
    expect(unbase64('Zm8=')).toBe('fo');
  });

  test('refuses what is not base64', () => {
    expect(unbase64('Z')).toBe('(refused)');
    expect(unbase64('Zg=')).toBe('(refused)');
    expect(unbase64('Zm9v YmFy')).toBe('(refused)');
    expect(unbase64('Zm9-')).toBe('(refused)');
    expect(unbase64('Zh==')).toBe('(refused)');
    expect(unpaddedLength(bytesOf('===='))).toBe(2);
    expect(unbase64('====')).toBe('(refused)');
  });
});

describe('numbers', () => {
  test('read as they stand', () => {
    expect(parseFloat64(bytesOf('0.3'))).toBe(0.3);
    expect(parseFloat64(bytesOf('1e3'))).toBe(1000);
    expect(parseFloat64(bytesOf('+.5E-1'))).toBe(0.05);
    expect(parseFloat64(bytesOf('5.'))).toBe(5);
    expect(parseFloat64(bytesOf('123456789012345678901234567890'))).toBeCloseTo(1.2345678901234568e29, 20);
    expect(parseFloat64(bytesOf('00000000000000000000000000.25'))).toBe(0.25);
    expect(parseFloat64(bytesOf('1e-400'))).toBe(0);
    expect(numberResult()).toBe(NUMBER_OK);
  });

  test('say what they are not', () => {
    parseFloat64(bytesOf('-1'));
    expect(numberResult()).toBe(NUMBER_NEGATIVE);
    parseFloat64(bytesOf('-0'));
    expect(numberResult()).toBe(NUMBER_OK);
    parseFloat64(bytesOf('NaN'));
    expect(numberResult()).toBe(NUMBER_NAN);
    parseFloat64(bytesOf('-inf'));
    expect(numberResult()).toBe(NUMBER_INFINITE);
    parseFloat64(bytesOf('1e999'));
    expect(numberResult()).toBe(NUMBER_INFINITE);
    const wrong = ['', '.', '-', 'e5', '1e', '1e+', '0x10', '1.2.3', '1 2', '"0.3"', '30%', '1,5'];
    for (let i = 0; i < wrong.length; i++) {
      parseFloat64(bytesOf(wrong[i]));
      expect(numberResult()).toBe(NUMBER_MALFORMED, wrong[i]);
    }
  });

  test('whole ones have a bound', () => {
    expect(parseUnsigned(bytesOf('4294967295'), u32.MAX_VALUE)).toBe(4294967295);
    expect(parseUnsigned(bytesOf('4294967296'), u32.MAX_VALUE)).toBe(u64.MAX_VALUE);
    expect(parseUnsigned(bytesOf('99999999999999999999'), u64.MAX_VALUE)).toBe(u64.MAX_VALUE);
    expect(parseUnsigned(bytesOf('1.0'), 10)).toBe(u64.MAX_VALUE);
    expect(parseUnsigned(bytesOf(''), 10)).toBe(u64.MAX_VALUE);
  });

  test('are written with up to 15 digits', () => {
    expect(float(0.3)).toBe('0.3');
    expect(float(100)).toBe('100');
    expect(float(0)).toBe('0');
    expect(float(0.1 + 0.2)).toBe('0.3');
    expect(float(123.456)).toBe('123.456');
    expect(float(10.05)).toBe('10.05');
    expect(float(1 / 3.0)).toBe('0.333333333333333');
    expect(float(0.000001)).toBe('0.000001');
    expect(float(1e-7)).toBe('1e-7');
    expect(float(1.5e300)).toBe('1.5e300');
    expect(float(2.5e-308)).toBe('2.5e-308');
    expect(float(1e21)).toBe('1e21');
    expect(float(99999999999999990)).toBe('100000000000000000');
    expect(float(1048576)).toBe('1048576');
  });

  test('are read back as they were written', () => {
    let value: f64 = 1e-30;
    for (let i = 0; i < 2000; i++) {
      const back = parseFloat64(bytesOf(float(value)));
      expect(abs(back / value - 1) < 6e-15).toBe(true, value.toString());
      value *= 1.0717;
    }
  });
});

describe('JSON', () => {
  test('reads what RFC 8259 allows', () => {
    expect(isJson('{"a":[1,-0.5e+3,true,false,null,"x",{}],"b":[]}')).toBe(true);
    expect(isJson(' [ ] ')).toBe(true);
    expect(isJson('"\\u00e9"')).toBe(true);
  });

  test('refuses what it does not', () => {
    const wrong = ['', '{', '{"a"}', '{"a":}', '[1,]', '{"a":1,}', '[1 2]', '01', '1.', '-', 'tru', '"a', "'a'"];
    for (let i = 0; i < wrong.length; i++) expect(isJson(wrong[i])).toBe(false, wrong[i]);
    const more = ['[}', '{]', '{a:1}', '[,]', '{,}', '"\\x"', '"\\u12g4"', '"\\ud800"', 'nulll', '[1]]', 'NaN', '\u00a0[]'];
    for (let i = 0; i < more.length; i++) expect(isJson(more[i])).toBe(false, more[i]);
  });

  test('nests to 32 and no deeper', () => {
    expect(isJson('['.repeat(32) + ']'.repeat(32))).toBe(true);
    expect(isJson('['.repeat(33) + ']'.repeat(33))).toBe(false);
    expect(json.nestedTooDeep()).toBe(true);
    expect(isJson('['.repeat(100000))).toBe(false);
  });

  test('decodes escapes, also after it has counted', () => {
    expect(jsonString('"a\\"\\\\\\/\\n\\u0041\\u00e9\\ud83d\\ude00z"')).toBe('a"\\/\nA\u00e9\ud83d\ude00z');
    json.open(bytesOf('["a\\u0041b","c"]'));
    expect(json.count()).toBe(2);
    json.beginArray();
    json.nextItem();
    expect(textOf(json.stringValue())).toBe('aAb');
    json.nextItem();
    expect(textOf(json.stringValue())).toBe('c');
    expect(json.nextItem()).toBe(false);
    expect(json.atEnd()).toBe(true);
  });
});

describe('protobuf', () => {
  test('ends at the first thing that is wrong', () => {
    protobuf.open(bytesOf('\x0a\x7f'));
    expect(protobuf.nextField()).toBe(true);
    protobuf.bytes();
    expect(protobuf.failed()).toBe(true);
    protobuf.open(bytesOf('\x0b'));
    protobuf.nextField();
    protobuf.skip();
    expect(protobuf.failed()).toBe(true);
    store<u64>(room, 0xffffffffffffffff);
    store<u64>(room, 0xffffffffffffffff, 8);
    protobuf.open(view(room, 16));
    expect(protobuf.nextField()).toBe(false);
    expect(protobuf.failed()).toBe(true);
  });
});

describe('views', () => {
  test('are trimmed, compared and searched within their bounds', () => {
    expect(textOf(trim(bytesOf(' \t a b \t')))).toBe('a b');
    expect(size(trim(bytesOf('  ')))).toBe(0);
    expect(compare(bytesOf('a'), bytesOf('ab')) < 0).toBe(true);
    expect(compare(bytesOf('b'), bytesOf('ab')) > 0).toBe(true);
    expect(find(bytesOf('abc'), 0x63, 0)).toBe(2);
    expect(find(bytesOf('abc'), 0x61, 1)).toBe(3);
  });

  test('a writer never passes its end', () => {
    store<u8>(room + 4, 0x21);
    writer.open(room, 4);
    writer.text('abcdef');
    expect(writer.overflowed()).toBe(true);
    expect(textOf(writer.written())).toBe('abcd');
    expect(load<u8>(room + 4)).toBe(0x21);
  });
});

describe('memory', () => {
  beforeEach(prepare);

  test('blocks that are freed are used again, joined', () => {
    const a = heap.alloc(1000);
    const b = heap.alloc(1000);
    const c = heap.alloc(1000);
    heap.free(a);
    heap.free(b);
    expect(heap.alloc(2000)).toBe(a);
    heap.free(a);
    heap.free(c);
  });

  test('more than there is gives 0, and no trap', () => {
    expect(heap.alloc(1 << 30)).toBe(0);
    expect(heap.alloc(usize.MAX_VALUE - 8)).toBe(0);
    expect(arena.alloc(u32.MAX_VALUE)).toBe(0);
  });

  test('the arena starts again, also after it has borrowed', () => {
    const first = arena.alloc(100);
    const big = arena.alloc(500000);
    expect(big).not.toBe(0);
    arena.reset();
    expect(arena.alloc(100)).toBe(first);
    expect(arena.alloc(500000)).toBe(big);
    expect(arena.alloc(0)).not.toBe(0);
  });
});

describe('words', () => {
  it('finds a whole word and no part of one', () => {
    expect(isOneOf(bytesOf('cpu'), 'cpuutil cpu mem')).toBe(true);
    expect(isOneOf(bytesOf('mem'), 'cpuutil cpu mem')).toBe(true);
    expect(isOneOf(bytesOf('cp'), 'cpuutil cpu mem')).toBe(false);
    expect(isOneOf(bytesOf('cpum'), 'cpuutil cpu mem')).toBe(false);
    expect(isOneOf(bytesOf('cpu mem'), 'cpuutil cpu mem')).toBe(false);
    expect(isOneOf(bytesOf(''), 'cpu mem')).toBe(false);
  });
  it('writes the word at a place', () => {
    writer.open(room, 256);
    writer.word('picks keys_absent hot', 0);
    writer.byte(0x2c);
    writer.word('picks keys_absent hot', 2);
    expect(textOf(writer.written())).toBe('picks,hot');
  });
});
