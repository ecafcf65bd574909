import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Asked, CurlError, MAX_LINE, readCurl } from '../../../host/dashboard/curl.ts';

const rows: readonly (readonly [line: string, asked: Partial<Asked>])[] = [
  ['curl http://a/b', { url: 'http://a/b', headers: [] }],
  ['curl a.example', { url: 'a.example' }],
  [`curl -H 'Host: a' -H "X: 1 2" http://b`, { headers: ['Host: a', 'X: 1 2'] }],
  ['curl -HX:1 http://b', { headers: ['X:1'] }],
  [`curl --header='X: "quoted"' http://b`, { headers: ['X: "quoted"'] }],
  [`curl -H 'X: it'\\''s' http://b`, { headers: ["X: it's"] }],
  ['curl -H "X: a\\"b\\c" http://b', { headers: ['X: a"b\\c'] }],
  ['curl -H "Empty;" http://b', { headers: ['Empty:'] }],
  ['curl http://b \\\n  -X PUT', { url: 'http://b', method: 'PUT' }],
  ['curl -XDELETE http://b', { method: 'DELETE' }],
  ['curl -sSkI http://b', { method: 'HEAD' }],
  ['curl -d a=b http://b', { method: 'POST' }],
  ['curl --data-raw a=b -X PATCH http://b', { method: 'PATCH' }],
  [
    'curl -b FooBar=1 -A me -e http://r http://b',
    { headers: ['cookie: FooBar=1', 'user-agent: me', 'referer: http://r'] },
  ],
  ['curl -u a:b http://b', { headers: ['authorization: Basic YTpi'] }],
  ['curl --resolve x:80:127.0.0.1 -o out -m 3 --compressed http://b', { url: 'http://b', headers: [] }],
];
for (const [line, asked] of rows) {
  test(line.replaceAll('\n', ' '), () => {
    const found = readCurl(line);
    for (const [name, value] of Object.entries(asked)) assert.deepEqual(found[name as keyof Asked], value);
  });
}

const refused: readonly (readonly [line: string, because: RegExp])[] = [
  ['', /begins with curl/],
  ['wget http://a', /begins with curl/],
  ['curl', /there is no URL/],
  ['curl -H', /--header needs a value/],
  ["curl 'http://a", /is not closed/],
  ['curl --proxy x http://a', /--proxy is not understood/],
  ['curl -x y http://a', /-x is not understood/],
  [`curl http://${'a'.repeat(MAX_LINE)}`, /longer than/],
];
for (const [line, because] of refused) {
  test(`not: ${line.slice(0, 40)}`, () => {
    assert.throws(
      () => readCurl(line),
      (error) => error instanceof CurlError && because.test(error.message),
    );
  });
}
