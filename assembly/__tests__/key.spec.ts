import { ABSENT } from '../bytes/view';
import { xxh64 } from '../hash/xxh64';
import { cookieValue } from '../key/cookie';
import { hashHeader, readHeader } from '../key/header';
import { queryValue, requestPath } from '../key/query';
import { addressWithoutPort } from '../key/source-ip';
import { bytesOf, pairsOf, textOf } from './support';

function header(map: u64, name: string): u64 {
  if (readHeader(map, bytesOf(name)) == ABSENT) return 1;
  return hashHeader();
}

function cookie(lines: string[]): string {
  const flat: string[] = [':path', '/'];
  for (let i = 0; i < lines.length; i++) {
    flat.push('cookie');
    flat.push(lines[i]);
  }
  const value = cookieValue(pairsOf(flat), bytesOf('FooBar'));
  return value == ABSENT ? '(absent)' : textOf(value);
}

function query(path: string): string {
  const value = queryValue(bytesOf(path), bytesOf('user'));
  return value == ABSENT ? '(absent)' : textOf(value);
}

function source(text: string): string {
  const value = addressWithoutPort(bytesOf(text));
  return value == ABSENT ? '(absent)' : textOf(value);
}

describe('header', () => {
  test('one value', () => {
    expect(header(pairsOf([':path', '/', 'foobar', 'bar']), 'foobar')).toBe(xxh64(bytesOf('bar'), 0));
  });

  test('several values count in their order, whatever order they come in', () => {
    const hash = xxh64(bytesOf('foo'), xxh64(bytesOf('bar'), 0));
    expect(header(pairsOf(['a', 'foo', 'x', 'y', 'a', 'bar']), 'a')).toBe(hash);
    expect(header(pairsOf(['a', 'bar', 'a', 'foo']), 'a')).toBe(hash);
  });

  test('a shorter value stands before a longer one that begins with it', () => {
    const hash = xxh64(bytesOf('ab'), xxh64(bytesOf('a'), 0));
    expect(header(pairsOf(['a', 'ab', 'a', 'a']), 'a')).toBe(hash);
  });

  test('an empty value is a value, and no header is none', () => {
    expect(header(pairsOf(['a', '']), 'a')).toBe(0xef46db3751d8e999);
    expect(header(pairsOf(['ab', '1']), 'a')).toBe(1);
    expect(header(pairsOf([]), 'a')).toBe(1);
  });

  test('300 values are left to Envoy', () => {
    const flat: string[] = [];
    for (let i = 0; i < 300; i++) {
      flat.push('a');
      flat.push(i.toString());
    }
    expect(header(pairsOf(flat), 'a')).toBe(1);
  });

  test('a map whose lengths lie has no pairs behind the lie', () => {
    const map = pairsOf(['a', 'b', 'c', 'd']);
    store<u32>(<usize>(map >> 32) + 8, 4000);
    expect(header(map, 'a')).toBe(1);
    store<u32>(<usize>(map >> 32), 0xffffffff);
    expect(header(map, 'c')).toBe(1);
  });
});

describe('cookie', () => {
  test('alone, among others, quoted, the first of two', () => {
    expect(cookie(['FooBar=x'])).toBe('x');
    expect(cookie(['a=b; FooBar=x; c=d'])).toBe('x');
    expect(cookie(['FooBar="x"'])).toBe('x');
    expect(cookie(['FooBar=1; FooBar=2'])).toBe('1');
    expect(cookie(['a=b', 'FooBar=2'])).toBe('2');
  });

  test('odd ones as Envoy reads them', () => {
    expect(cookie(['FooBar=a=b'])).toBe('a=b');
    expect(cookie(['FooBar="x'])).toBe('"x');
    expect(cookie(['FooBar="'])).toBe('"');
    expect(cookie(['FooBar=""'])).toBe('');
    expect(cookie(['FooBar=x ; a=b'])).toBe('x ');
    expect(cookie(['   FooBar=x'])).toBe('x');
    expect(cookie(['FooBar =x'])).toBe('(absent)');
    expect(cookie(['foobar=x'])).toBe('(absent)');
    expect(cookie([';;FooBar; =;'])).toBe('(absent)');
    expect(cookie(['XFooBar=x'])).toBe('(absent)');
    expect(cookie([''])).toBe('(absent)');
  });
});

describe('query', () => {
  test('the first of a name, without decoding', () => {
    expect(query('/a?user=x')).toBe('x');
    expect(query('/a?b=1&user=x&user=y')).toBe('x');
    expect(query('/a?user=%41')).toBe('%41');
    expect(query('/a?user=a=b')).toBe('a=b');
    expect(query('/a?user=x#y')).toBe('x#y');
    expect(query('/a?b?user=x&user=z')).toBe('z');
  });

  test('empty and absent', () => {
    expect(query('/a?user')).toBe('');
    expect(query('/a?user=&b=1')).toBe('');
    expect(query('/a')).toBe('(absent)');
    expect(query('/a?')).toBe('(absent)');
    expect(query('/user=x')).toBe('(absent)');
    expect(query('/a?us%65r=x')).toBe('(absent)');
    expect(query('/a?&&=&User=x')).toBe('(absent)');
  });

  test('the path is found in the map', () => {
    expect(textOf(requestPath(pairsOf([':method', 'GET', ':path', '/x?y'])))).toBe('/x?y');
    expect(requestPath(pairsOf([':method', 'GET']))).toBe(ABSENT);
  });
});

describe('source address', () => {
  test('IPv4 and IPv6 without port and brackets', () => {
    expect(source('10.0.0.1:80')).toBe('10.0.0.1');
    expect(source('[2001:db8::1]:65535')).toBe('2001:db8::1');
    expect(source('10.0.0.1:0')).toBe('10.0.0.1');
  });

  test('what is no address makes no key', () => {
    expect(source('')).toBe('(absent)');
    expect(source('10.0.0.1')).toBe('(absent)');
    expect(source('10.0.0.1:')).toBe('(absent)');
    expect(source('/var/run/a:1')).toBe('(absent)');
    expect(source('@abstract')).toBe('(absent)');
    expect(source('envoy://internal:1')).toBe('(absent)');
    expect(source('[::1:80')).toBe('(absent)');
    expect(source(':80')).toBe('(absent)');
  });
});
