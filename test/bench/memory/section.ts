/**
 * The section `memory`: Envoy's anonymous memory (RssAnon) at two workers with 1, 50 and 500 policies, before
 * any request and after every policy was used on every worker, beside the same without a filter.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { answer } from '../../../demo/fakes/raw-backend.ts';
import { get, RawLoad } from '../../../demo/fakes/raw-load.ts';
import { onePortEach, portsOf } from '../filter/variants.ts';
import { fixed, table } from '../report/table.ts';
import { translate } from '../support/cli.ts';
import { memoryKiB } from '../support/cpu.ts';
import { startEnvoy } from '../support/envoy-process.ts';
import { manifests, yamlText } from '../support/manifests.ts';

export interface Memory {
  readonly policies: number;
  readonly engine: 'filter' | 'native';
  /** `own`: each policy has other hosts than the others; `shared`: all have the same. */
  readonly hosts: 'own' | 'shared';
  /** MiB after the start. */
  readonly started: number;
  /** MiB after requests to all policies from many connections. */
  readonly used: number;
  readonly startSeconds: number;
}

export async function benchMemory(
  envoy: string,
  quick: boolean,
  log: (line: string) => void,
): Promise<Memory[]> {
  const backend = await onePortEach(Array.from({ length: 32 }, () => answer()));
  const results: Memory[] = [];
  try {
    for (const policies of quick ? [1, 50] : [1, 50, 500]) {
      for (const hosts of policies === 1 ? (['own'] as const) : (['own', 'shared'] as const)) {
        for (const engine of ['native', 'filter'] as const) {
          results.push(await one(envoy, policies, engine, hosts, portsOf(backend)));
          log(`${policies} policies, ${hosts} hosts, ${engine}`);
        }
      }
    }
  } finally {
    await backend.stop();
  }
  return results;
}

async function one(
  binary: string,
  policies: number,
  engine: Memory['engine'],
  hosts: Memory['hosts'],
  ports: readonly number[],
): Promise<Memory> {
  const routes = Array.from({ length: policies }, (_, i) => ({
    loadBalancer: { kind: 'header', name: 'foobar' } as const,
    ports: hosts === 'own' ? window(ports, i) : ports.slice(0, 4),
  }));
  const bootstrap = translate(yamlText(manifests(routes)), engine);
  const begin = process.hrtime.bigint();
  const envoy = await startEnvoy(binary, bootstrap, 2);
  const startSeconds = Number(process.hrtime.bigint() - begin) / 1e9;
  try {
    await sleep(500);
    const started = memoryKiB(envoy.pid, 'RssAnon') / 1024;
    const requests = Array.from({ length: policies * 4 }, (_, i) =>
      get('/', `host: r${i % policies}.example.com`, `foobar: user-${i}`),
    );
    // Connections are dealt to workers by the kernel: 16 reach both, and each sends every request several
    // times.
    const load = await RawLoad.open(envoy.port, 16, requests);
    const count = Math.max(2000, policies * 64);
    const { statuses } = await load.shot({ count, awake: true });
    load.close();
    const wrong = count - (statuses[200] ?? 0);
    if (wrong > 0) throw new Error(`${wrong} answers other than 200 with ${policies} policies, ${engine}`);
    await sleep(500);
    return { policies, engine, hosts, started, used: memoryKiB(envoy.pid, 'RssAnon') / 1024, startSeconds };
  } finally {
    await envoy.stop();
  }
}

/** Four ports, another set for each i below 32 · 31. */
function window(ports: readonly number[], i: number): number[] {
  const step = 1 + (Math.floor(i / ports.length) % 15) * 2;
  const from = i % ports.length;
  return [0, 1, 2, 3].map(
    (k) => ports[(from + k * step + (k === 3 ? Math.floor(i / 480) : 0)) % ports.length]!,
  );
}

export function renderMemory(results: readonly Memory[]): string {
  const native = (row: Memory) =>
    results.find((r) => r.engine === 'native' && r.policies === row.policies && r.hosts === row.hosts);
  return table<Memory>(
    [
      { title: 'policies', of: (r) => String(r.policies), right: true },
      { title: 'hosts', of: (r) => r.hosts },
      { title: 'engine', of: (r) => r.engine },
      { title: 'started MiB', of: (r) => fixed(r.started, 1), right: true },
      { title: 'used MiB', of: (r) => fixed(r.used, 1), right: true },
      {
        title: 'more than native',
        of: (r) => (r.engine === 'native' ? '' : fixed(r.used - native(r)!.used, 1)),
        right: true,
      },
      { title: 'start s', of: (r) => fixed(r.startSeconds, 2), right: true },
    ],
    results,
  );
}
