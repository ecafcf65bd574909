/** Envoy 1.40's own words, as it logged them, → what a person is shown. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminUrl } from '../../../host/run/admin.ts';
import { explainLog, isExpected } from '../../../host/run/log.ts';

const head =
  '[2026-11-22 05:48:21.374][17316][critical][main] [source/server/config_validation/server.cc:76] ';

test('a refused configuration: the reason alone', () => {
  assert.equal(
    explainLog(
      `${head}error initializing configuration 'bad.yaml': The table size of maglev must be prime number\n`,
    ),
    'The table size of maglev must be prime number',
  );
});

test('a dump of the whole input behind a message is cut', () => {
  const text = explainLog(
    `${head}error initializing configuration 'x': Unable to parse JSON as proto: {"node":"${'x'.repeat(5000)}"}`,
  );
  assert.ok(text.startsWith('Unable to parse JSON as proto'));
  assert.ok(text.length < 600);
});

test('grave lines win over warnings, each once; else the last line is shown', () => {
  const warning =
    '[2026-11-22 05:48:21.374][1][warning][main] [source/server/server.cc:1059] There is no limit';
  assert.equal(explainLog(`${warning}\n${head}bad\n${head}bad\n${warning}\n`), 'bad');
  assert.equal(explainLog('one\ntwo\n'), 'two');
  assert.equal(explainLog(''), '');
});

test('what every Envoy logs is no reason for anything', () => {
  const limit =
    'There is no configured limit to the number of allowed active downstream connections. Configure …';
  assert.equal(explainLog(`[2026-11-22 05:48:21.374][1][warning][main] [a.cc:1] ${limit}\n`), '');
});

test('what Envoy says of every range of addresses is expected, its other warnings are not', () => {
  const of = (message: string) =>
    `[2026-01-01 00:00:00.000][1][warning][misc] [source/common/protobuf/message_validator_impl.cc:39] message '${message}' is contained in proto file 'a.proto' marked as work-in-progress. API features …`;
  assert.equal(isExpected(of('xds.core.v3.CidrRange')), true);
  assert.equal(isExpected(of('envoy.config.Other')), false);
});

test('an admin on all addresses is reached by loopback', () => {
  assert.equal(adminUrl({ address: '0.0.0.0', port: 1 }), 'http://127.0.0.1:1');
  assert.equal(adminUrl({ address: '::', port: 1 }), 'http://[::1]:1');
  assert.equal(adminUrl({ address: '::1', port: 1 }), 'http://[::1]:1');
});
