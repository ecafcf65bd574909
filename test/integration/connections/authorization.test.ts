/**
 * SecurityPolicies for connections on a real Envoy: who may connect, by address. The backends speak first: of
 * them nothing reaches a client that may not.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as build from '../../../demo/fakes/manifests.ts';
import type { Explanation } from '../../../host/explain/explanation.ts';
import { Envoy } from '../../support/envoy.ts';
import { type Manifest, service } from '../../support/manifests.ts';
import { askTcp, startTcpBackends, type TcpBackend } from '../../support/tcp-backend.ts';
import { cli, translate, wasmPath } from '../../support/translate.ts';

const rule = (action: string, ...clientCIDRs: string[]): Manifest => ({ action, principal: { clientCIDRs } });
const cases: Readonly<Record<string, readonly [Manifest | undefined, boolean]>> = {
  open: [undefined, true],
  allowed: [{ rules: [rule('Allow', '127.0.0.0/8')] }, true],
  other: [{ rules: [rule('Allow', '10.0.0.0/8', '::/0')] }, false],
  denied: [{ defaultAction: 'Allow', rules: [rule('Deny', '127.0.0.1/32')] }, false],
  nested: [
    { rules: [rule('Allow', '127.0.0.1/32'), rule('Deny', '127.0.0.0/16'), rule('Allow', '0.0.0.0/0')] },
    true,
  ],
  wider: [{ rules: [rule('Deny', '127.0.0.0/8'), rule('Allow', '127.0.0.1/32')] }, false],
  first: [{ rules: [rule('Deny', '127.0.0.1/32'), rule('Allow', '127.0.0.0/8')] }, false],
  nobody: [{}, false],
  anybody: [{ defaultAction: 'Allow' }, true],
};
const names = Object.keys(cases);
let hosts: TcpBackend[] = [];
let envoy: Envoy;
let manifests: build.Manifest[] = [];
before(async () => {
  hosts = await startTcpBackends(['127.0.0.11']);
  manifests = [
    build.gatewayClass,
    build.gateway(
      'eg',
      names.map((name, i) => build.listener(name, 9000 + i, { protocol: 'TCP' })),
    ),
    ...service('backend', hosts),
    ...names.map((name) =>
      build.connectionRoute('TCPRoute', name, undefined, {
        parentRefs: [{ name: 'eg', sectionName: name }],
      }),
    ),
    ...names.flatMap((name) => {
      const [authorization] = cases[name]!;
      if (authorization === undefined) return [];
      return [build.securityPolicy(name, [build.target('TCPRoute', name)], { authorization })];
    }),
  ];
  envoy = await Envoy.start(await translate(manifests, 'filter'));
});
after(async () => {
  await envoy?.stop();
  for (const host of hosts) await host.stop();
});

for (const [i, name] of names.entries()) {
  const [, passes] = cases[name]!;
  test(`${name}: a connection ${passes ? 'passes' : 'is closed'}, and explain says so`, async () => {
    assert.equal(await askTcp(envoy.port(`default/eg/${name}`)), passes ? hosts[0]!.address : '');
    const asked = ['--url', `tcp://any:${9000 + i}`, '--source-ip', '127.0.0.1', '--format', 'json'];
    const args = ['explain', '-f', '-', ...asked, '--wasm', wasmPath()];
    const { stdout } = await cli(args, build.render(manifests));
    const { answer } = JSON.parse(stdout) as Explanation;
    assert.equal(answer === undefined, passes);
  });
}
