/**
 * dns, tcpKeepalive and http2 of BackendTrafficPolicy: what the model gets, and the bounds of Envoy and the
 * kernel.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertFindings, type Expected, policyWith, readText } from '../../support/manifest.ts';
import { same } from '../../support/plain.ts';

test('names and connections: every field', () => {
  const { resources, diagnostics } = readText(
    policyWith(`dns: {dnsRefreshRate: 5s, respectDnsTtl: false, lookupFamily: IPv4AndIPv6}
tcpKeepalive: {probes: 3, idleTime: 1m, interval: 10s}
http2:
  initialStreamWindowSize: 64Ki
  initialConnectionWindowSize: 1Mi
  maxConcurrentStreams: 50
  onInvalidMessage: TerminateStream
  connectionKeepalive: {interval: 30s, timeout: 5s, intervalJitter: 20, idleInterval: 10s}`),
  );
  same(diagnostics, []);
  const [policy] = resources;
  assert.ok(policy?.kind === 'BackendTrafficPolicy');
  const { dns, tcpKeepalive, http2 } = policy.spec;
  same(dns, { refreshMs: 5000, respectTtl: false, family: 'IPv4AndIPv6' });
  same(tcpKeepalive, { probes: 3, idleSeconds: 60, intervalSeconds: 10 });
  same(http2, {
    streamWindowBytes: 65_536,
    connectionWindowBytes: 1_048_576,
    maxStreams: 50,
    resetStreamOnError: true,
    ping: { timeoutMs: 5000, intervalMs: 30_000, jitterPercent: 20, idleMs: 10_000 },
  });
});

test('upgrades: each once, without regard to case; a tunnel is named and left out', () => {
  const { resources, diagnostics } = readText(
    policyWith(`httpUpgrade: [{type: websocket}, {type: spdy/3.1}, {type: WebSocket}, {type: CONNECT}]
useClientProtocol: true`),
  );
  assertFindings(diagnostics, [
    {
      severity: 'warning',
      code: 'value-not-translated',
      field: 'spec.httpUpgrade[3].type',
      says: /CONNECT is not translated/,
      points: 'CONNECT',
    },
  ]);
  const [policy] = resources;
  assert.ok(policy?.kind === 'BackendTrafficPolicy');
  same(policy.spec.httpUpgrade, ['websocket', 'spdy/3.1']);
  assert.equal(policy.spec.useClientProtocol, true);
  const [bare] = readText(policyWith('httpUpgrade: []')).resources;
  assert.ok(bare?.kind === 'BackendTrafficPolicy');
  assert.equal(bare.spec.httpUpgrade, undefined);
  // In one case: a listener offers those of all its routes, and Envoy refuses WebSocket beside websocket.
  const [upper] = readText(policyWith('httpUpgrade: [{type: WebSocket}, {type: SPDY/3.1}]')).resources;
  assert.ok(upper?.kind === 'BackendTrafficPolicy');
  same(upper.spec.httpUpgrade, ['websocket', 'spdy/3.1']);
});

const keepalive = 'spec.http2.connectionKeepalive.timeout';
const wrong: readonly (readonly [string, Expected])[] = [
  [
    'dns: {dnsRefreshRate: 1ms}',
    { code: 'duration-invalid', field: 'spec.dns.dnsRefreshRate', says: /at least 2ms/, points: '1ms' },
  ],
  [
    'dns: {lookupFamily: V4}',
    { code: 'value-unknown', field: 'spec.dns.lookupFamily', says: /IPv4Preferred/, points: 'V4' },
  ],
  [
    'tcpKeepalive: {idleTime: 500ms}',
    { code: 'duration-invalid', field: 'spec.tcpKeepalive.idleTime', says: /from 1s/, points: '500ms' },
  ],
  [
    'tcpKeepalive: {probes: 128}',
    { code: 'value-out-of-range', field: 'spec.tcpKeepalive.probes', says: /1 to 127/, points: '128' },
  ],
  [
    'http2: {initialStreamWindowSize: 1Ki}',
    {
      code: 'value-out-of-range',
      field: 'spec.http2.initialStreamWindowSize',
      says: /from 65535 to 2147483647/,
      points: '1Ki',
    },
  ],
  [
    'http2: {connectionKeepalive: {interval: 5s}}',
    { code: 'field-missing', field: keepalive, says: /timeout is missing/, points: 'connectionKeepalive' },
  ],
  [
    'http2: {connectionKeepalive: {interval: 5s, timeout: 5s}}',
    { code: 'value-out-of-range', field: keepalive, says: /less than interval, 5s, not 5s/, points: '5s' },
  ],
];
for (const [lines, expected] of wrong)
  test(`names and connections: ${lines}`, () =>
    assertFindings(readText(policyWith(lines)).diagnostics, [expected]));
