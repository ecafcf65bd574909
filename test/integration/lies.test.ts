/**
 * Hosts that lie in their load reports, on a real Envoy: three of four backends report 0.5, the fourth
 * something false. The share that it can get is limited, and tested here. docs/FAULTS.md says what is not
 * limited, and why.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { Envoy } from '../support/envoy.ts';
import { sleep } from '../support/eventually.ts';
import { gateway, httpRoute, type Manifest, policy, service } from '../support/manifests.ts';
import { sendMany, shareOf } from '../support/send.ts';
import { translate } from '../support/translate.ts';

interface Lie {
  readonly report: (request: number) => string | undefined;
  /** Shares of the liar's: at least, at most. Even is 0.25. */
  readonly share: readonly [number, number];
  /** The counter that must count it. */
  readonly counted?: string;
}

/**
 * A weight of at most twice that of the honest ones, and the loop of measured rates, make at most four times
 * their share: 4/7. Beyond that there is what the turns of a window of 300 requests and the first, still
 * larger steps add.
 */
const bounded: readonly [number, number] = [0, 0.72];
/** Ten times the median weight beside three hosts is 10/13: the bound of whatever a host says. */
const capped: readonly [number, number] = [0, 0.85];
const even: readonly [number, number] = [0.2, 0.3];
const refused = (reason: string): string => `loadstar_reports_refused_${reason}_total`;

const lies: Readonly<Record<string, Lie>> = {
  honest: { report: () => 'TEXT cpu_utilization=0.5', share: even },
  zero: { report: () => 'TEXT cpu_utilization=0', share: bounded },
  tiny: { report: () => 'JSON {"cpu_utilization":1e-300}', share: bounded },
  // The rate that it is weighed by is of a second ago, when it may have had another weight.
  alternating: { report: (n) => `TEXT cpu_utilization=${n % 2 === 0 ? 0 : 1}`, share: capped },
  large: { report: () => 'TEXT cpu_utilization=1000000', share: [0, 0.1] },
  huge: { report: () => 'TEXT cpu_utilization=1e308', share: even, counted: refused('range') },
  negative: { report: () => 'TEXT cpu_utilization=-1', share: even, counted: refused('negative') },
  nan: { report: () => 'TEXT cpu_utilization=nan', share: even, counted: refused('nan') },
  infinite: {
    report: () => 'JSON {"cpu_utilization":"Infinity"}',
    share: even,
    counted: refused('infinite'),
  },
  'no-rate': { report: () => 'TEXT cpu_utilization=0.5,rps_fractional=0', share: even },
  'huge-rate': {
    report: () => 'TEXT cpu_utilization=0.5,rps_fractional=1e300',
    share: even,
    counted: refused('range'),
  },
  silent: { report: () => undefined, share: even },
  garbage: { report: (n) => `TEXT ${'\xff='.repeat((n % 50) + 1)}`, share: even, counted: refused('name') },
};

/** Here the honest ones tell their rates too. */
const rates: Readonly<Record<string, Lie>> = {
  'own-rate': { report: () => 'TEXT cpu_utilization=0.01,rps_fractional=1e7', share: capped },
  'own-rate-tiny': { report: () => 'JSON {"cpu_utilization":1e-300,"rps_fractional":100}', share: capped },
  'own-rate-honest': {
    report: () => 'JSON {"cpu_utilization":0.25,"rps_fractional":100}',
    share: [0.35, 0.45],
  },
};
const all = { ...lies, ...rates };

let backends: Backend[] = [];
let envoy: Envoy;
const quick: Manifest = {
  loadBalancer: {
    type: 'BackendUtilization',
    backendUtilization: { blackoutPeriod: '100ms', weightUpdatePeriod: '100ms' },
  },
};

before(async () => {
  backends = await startBackends([11, 12, 13, 14].map((n) => `127.0.0.${n}`));
  let request = 0;
  for (const backend of backends) {
    backend.reply = ({ path }) => {
      const name = path.slice(1);
      const honest = `TEXT cpu_utilization=0.5${name in rates ? ',rps_fractional=100' : ''}`;
      const told = backend === backends[3] ? all[name]!.report(request++) : honest;
      return { headers: told === undefined ? [] : [['endpoint-load-metrics', told]] };
    };
  }
  envoy = await Envoy.start(
    await translate(
      [
        ...gateway(),
        ...service('backend', backends),
        ...Object.keys(all).flatMap((name) => [httpRoute({ name }), policy(name, quick)]),
      ],
      'filter',
    ),
  );
});
after(async () => {
  await envoy?.stop();
  await stopAll(backends);
});

test('what a lie draws is bounded', async (t) => {
  const shares: Record<string, number> = {};
  // All routes together: rates are measured each second, and weights need some of them to settle.
  for (let round = 0; round < 8; round++) {
    for (const name of Object.keys(all))
      shares[name] = shareOf(await sendMany(envoy, { path: `/${name}` }, 300), 'b4');
    await sleep(500);
  }
  for (const [name, share] of Object.entries(shares)) t.diagnostic(`${name}: ${(100 * share).toFixed(0)} %`);
  for (const [
    name,
    {
      share: [least, most],
    },
  ] of Object.entries(all)) {
    assert.ok(
      shares[name]! >= least && shares[name]! <= most,
      `${name}: ${shares[name]}, not from ${least} to ${most}`,
    );
  }
  const stats = await envoy.admin.filterStats();
  for (const [name, { counted }] of Object.entries(all))
    if (counted !== undefined) assert.ok(stats[counted]! > 0, `${name}: ${counted}`);
  assert.doesNotMatch(
    envoy.log,
    /onOrcaLoadReport failed/,
    'Envoy was given no report that it could not use',
  );
});
