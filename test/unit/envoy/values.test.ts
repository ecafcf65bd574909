/** Small translations of values: durations, statuses, addresses, path edits, header values. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duration } from '../../../host/envoy/durations.ts';
import { fraction, percent, percentText } from '../../../host/envoy/fractions.ts';
import { escapeFormat, headerMutations } from '../../../host/envoy/headers.ts';
import { circuitBreakers, statusRanges } from '../../../host/envoy/health.ts';
import { redirectPath, rewritePath } from '../../../host/envoy/path-edit.ts';
import { hostAddress } from '../../../host/filter/host-address.ts';

test('durations are protobuf JSON: whole seconds, or three digits', () => {
  for (const [ms, text] of [
    [0, '0s'],
    [1, '0.001s'],
    [250, '0.250s'],
    [1500, '1.500s'],
    [60_000, '60s'],
    [5_400_000, '5400s'],
  ] as const) {
    assert.equal(duration(ms), text);
  }
});

test('a share is rounded down to a millionth, and no millionth is lost', () => {
  for (let millionths = 0; millionths <= 1_000_000; millionths += 7) {
    const text = (millionths / 10_000).toFixed(4);
    const { numerator = 0, denominator } = percent(Number(text));
    assert.equal(numerator * (denominator === undefined ? 10_000 : 1), millionths, text);
  }
  const of = (numerator: number, denominator: number) => fraction(numerator, denominator).numerator;
  assert.deepEqual([of(2, 3), of(1, 10_000_000), of(9_999_999, 10_000_000)], [666_666, 0, 999_999]);
  assert.deepEqual([of(2_147_483_646, 2_147_483_647), of(999_999, 1_000_000)], [999_999, 999_999]);
  assert.deepEqual(percent(200 / 3), { numerator: 666_666, denominator: 'MILLION' });
  assert.deepEqual(
    [percentText(200 / 3), percentText(0.00001), percentText(25)],
    ['66.6666 %', '0 %', '25 %'],
  );
});

test('statuses become half-open ranges, sorted, each once', () => {
  assert.deepEqual(statusRanges([404, 200, 201, 200]), [
    { start: 200, end: 202 },
    { start: 404, end: 405 },
  ]);
  assert.deepEqual(statusRanges([]), []);
});

test('a retry budget is not allowed with the number of retries, and its usual minimum is not said', () => {
  const budget = (minConcurrency?: number) => {
    const { thresholds } = JSON.parse(
      JSON.stringify(
        circuitBreakers({ maxParallelRetries: 1024, retryBudget: { percent: 25, minConcurrency } }),
      ),
    );
    return thresholds[0].retry_budget;
  };
  assert.deepEqual(budget(7), { budget_percent: { value: 25 }, min_retry_concurrency: 7 });
  assert.deepEqual(budget(3), { budget_percent: { value: 25 } });
  assert.deepEqual(budget(), { budget_percent: { value: 25 } });
});

test('addresses are spelled as Envoy prints them', () => {
  for (const [address, text] of [
    ['127.0.0.1', '127.0.0.1:80'],
    ['::1', '[::1]:80'],
    ['2001:DB8:0:0:0:0:0:1', '[2001:db8::1]:80'],
    ['2001:db8:0:1:1:1:1:1', '[2001:db8:0:1:1:1:1:1]:80'],
    ['0:0:0:0:0:FFFF:7f00:1', '[::ffff:127.0.0.1]:80'],
  ] as const) {
    assert.equal(hostAddress(address, 80), text);
  }
});

test('a replaced prefix keeps one slash at the seam', () => {
  const prefix = (from: string, value: string) => rewritePath({ kind: 'prefix', from, value });
  assert.deepEqual(prefix('/app', '/new'), { prefix_rewrite: '/new' });
  assert.deepEqual(prefix('/app/', '/new/'), { prefix_rewrite: '/new' });
  assert.deepEqual(prefix('/', '/new'), { prefix_rewrite: '/new/' });
  for (const value of ['/', '']) {
    assert.deepEqual(prefix('/a.b', value), {
      regex_rewrite: { pattern: { regex: '^/a\\.b\\/*' }, substitution: '/' },
    });
  }
});

test('a full path is replaced as it is written, group references are text', () => {
  assert.deepEqual(rewritePath({ kind: 'full', value: '/x\\1' }), {
    regex_rewrite: { pattern: { regex: '^/.*$' }, substitution: '/x\\\\1' },
  });
  assert.deepEqual(redirectPath({ kind: 'full', value: '/x' }), { path_redirect: '/x' });
});

test('a percent sign is text, a command operator of Envoy stays one', () => {
  assert.equal(escapeFormat('50% off'), '50%% off');
  assert.equal(escapeFormat('%REQ(x-user)% at %START_TIME%, 5%'), '%REQ(x-user)% at %START_TIME%, 5%%');
  assert.equal(escapeFormat('%NO_SUCH_THING%'), '%%NO_SUCH_THING%%');
  assert.equal(escapeFormat('%%'), '%%%%');
  for (const known of ['%REQ(:path?x_y.z):10%', '%RESP(:status)%']) assert.equal(escapeFormat(known), known);
  // Envoy refuses these operators: they are text.
  for (const text of ['%REQ(a:b)%', '%REQ(:)%', '%REQ(X?:)%', '%REQ(X):99999999999999999999%', '%REQ(a b)%'])
    assert.equal(escapeFormat(text), text.replaceAll('%', '%%'));
});

test('headers: add appends, set overwrites, an empty value is kept, a name is removed once', () => {
  const edits = {
    set: [{ name: 'a', value: '1' }],
    add: [{ name: 'b', value: '' }],
    remove: ['Endpoint-Load-Metrics'],
  };
  assert.deepEqual(
    JSON.parse(JSON.stringify(headerMutations(edits, edits, [], ['endpoint-load-metrics', 'x']))),
    {
      request_headers_to_add: [
        { header: { key: 'b' }, keep_empty_value: true },
        { header: { key: 'a', value: '1' }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' },
      ],
      request_headers_to_remove: ['Endpoint-Load-Metrics'],
      response_headers_to_add: [
        { header: { key: 'b' }, keep_empty_value: true },
        { header: { key: 'a', value: '1' }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' },
      ],
      response_headers_to_remove: ['Endpoint-Load-Metrics', 'x'],
    },
  );
});
