/**
 * docker-compose.yml as a whole: what it promises about ports, mounts and rights, a backend that goes away
 * under traffic and comes back, every example of envoy/ on the same four backends, and that nothing is left
 * of it.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { type Stack, startStack } from '../../demo/docker.ts';
import { backendOf, http1 } from '../../demo/fakes/http1.ts';
import { Admin } from '../support/admin.ts';
import { eventually } from '../support/eventually.ts';
import { containerTest, docker, project, root, skip } from './support/docker.ts';
import { getter, grpcClient, spread } from './support/load.ts';

const name = project('compose');
const names = ['backend-1', 'backend-2', 'backend-3', 'backend-4'];
let stack: Stack;

// Not the network of docker-compose.yml: a person's stack may be running.
const nets = Array.from({ length: 17 }, (_, i) => `10.213.${100 + ((process.pid + i) % 100)}`);
before(
  async () => {
    if (skip === false) stack = await startStack({ root, project: name, nets });
  },
  { timeout: 300_000 },
);
after(() => stack?.down());

interface Inspected {
  readonly Name: string;
  readonly Config: { readonly User: string };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly SecurityOpt: readonly string[];
    readonly CapDrop: readonly string[];
  };
  readonly Mounts: readonly { readonly RW: boolean; readonly Type: string; readonly Destination: string }[];
  readonly NetworkSettings: { readonly Ports: Record<string, readonly { readonly HostIp: string }[] | null> };
}

containerTest('the first request is answered as soon as up --wait returns', async () => {
  const answer = await http1({ port: stack.port, path: '/round' });
  assert.equal(answer.status, 200);
  assert.ok(names.includes(backendOf(answer)));
});

containerTest('published on 127.0.0.1 only, mounted read-only, no rights, not root', async () => {
  const ids = (await stack.compose('ps', '-q')).trim().split('\n');
  assert.equal(ids.length, 5);
  for (const one of JSON.parse(docker('inspect', ...ids)) as Inspected[]) {
    const addresses = Object.values(one.NetworkSettings.Ports).flatMap((p) => (p ?? []).map((x) => x.HostIp));
    assert.ok(addresses.length > 0, `${one.Name} publishes nothing`);
    assert.deepEqual([...new Set(addresses)], ['127.0.0.1'], one.Name);
    const writable = one.Mounts.filter((mount) => mount.Type === 'bind' && mount.RW);
    assert.deepEqual(writable, [], one.Name);
    assert.equal(one.HostConfig.ReadonlyRootfs, true, one.Name);
    assert.deepEqual(one.HostConfig.SecurityOpt, ['no-new-privileges:true'], one.Name);
    assert.deepEqual(one.HostConfig.CapDrop, ['ALL'], one.Name);
    assert.match(one.Config.User, /^(101:101|node)$/, one.Name);
  }
});

containerTest('all policies answer: even, random, least, and three that keep to one backend', async () => {
  const load = async (path: string, headers: readonly [string, string][] = []) => {
    const { get, close } = getter(stack.port, path);
    const counts = await spread(200, () => get(headers));
    close();
    return counts;
  };
  for (const path of ['/round', '/random', '/least', '/utilization'])
    assert.deepEqual(Object.keys(await load(path)).sort(), names, path);
  assert.deepEqual(Object.values(await load('/source')), [200]);
  assert.deepEqual(Object.values(await load('/header', [['FooBar', '1.2.3.4']])), [200]);
  assert.deepEqual(Object.values(await load('/cookie', [['cookie', 'FooBar=1.2.3.4']])), [200]);
});

containerTest(
  'a backend is stopped under traffic: only its keys move, and they come back with it',
  async () => {
    const key = (i: number): [string, string] => ['FooBar', `user-${i}`];
    const { get, close } = getter(stack.port, '/header');
    const picks = async (): Promise<string[]> => {
      const all: string[] = [];
      for (let i = 0; i < 100; i++) all.push(backendOf(await get([key(i)])));
      return all;
    };
    const home = await picks();
    const victim = stack.backends.find((backend) => backend.name === home[0])!;
    assert.ok(home.some((pick) => pick !== victim.name));

    // Traffic goes on all the while. What is under way at the moment of the stop may fail: one request, as
    // one is sent at a time.
    let go = true;
    const statuses: number[] = [];
    const traffic = (async () => {
      for (let i = 0; go; i++) {
        const answer = await http1({ port: stack.port, path: '/header', headers: [key(i % 100)] });
        statuses.push(answer.status);
      }
    })();
    try {
      await victim.stop();
      const moved = await picks();
      for (const [i, pick] of moved.entries()) {
        if (home[i] === victim.name) assert.notEqual(pick, victim.name);
        else assert.equal(pick, home[i], `key ${i} moved though its backend was there`);
      }
      assert.equal(new Set(moved).size, 3);
      await victim.start();
      await eventually('all keys are home again', async () => assert.deepEqual(await picks(), home));
    } finally {
      go = false;
      await traffic;
      close();
    }
    const failed = statuses.filter((status) => status !== 200);
    assert.ok(failed.length <= 1, `${failed.length} of ${statuses.length} failed: ${[...new Set(failed)]}`);
  },
);

/**
 * A short check per example: what its README promises, in one line. Keyed by folder, so a new folder without
 * one fails.
 */
const examples: Record<string, () => Promise<void>> = {
  'header-affinity': async () => {
    const { get, close } = getter(stack.port, '/');
    assert.deepEqual(Object.values(await spread(50, () => get([['x-user', 'alice']]))), [50]);
    assert.deepEqual(Object.keys(await spread(400, (i) => get([['x-user', `u${i}`]]))).sort(), names);
    close();
  },
  'cookie-session': async () => {
    const first = await http1({ port: stack.port });
    const line = first.headers['set-cookie']?.[0] ?? '';
    assert.match(line, /^SESSION="[0-9a-f]{16}"; Max-Age=3600; SameSite=Strict; Path=\/; HttpOnly$/);
    const { get, close } = getter(stack.port, '/');
    const counts = await spread(50, () => get([['cookie', line.split(';')[0]!]]));
    assert.deepEqual(counts, { [backendOf(first)]: 50 });
    close();
  },
  'source-ip': async () => {
    const { get, close } = getter(stack.port, '/');
    assert.deepEqual(Object.values(await spread(50, () => get())), [50]);
    close();
  },
  'orca-weights': () => shifts('/', 'TEXT cpu='),
  'llm-server': async () => {
    const full = (i: number): number => (i === 3 ? 0.9 : 0.3);
    const headers = (i: number) => ({
      'endpoint-load-metrics':
        i < 2
          ? `TEXT named_metrics.kv_cache_usage_perc=${full(i)}, named_metrics.num_requests_waiting=4`
          : `TEXT named_metrics.kv_cache_utilization=${full(i)}, named_metrics.max_token_capacity=8192`,
    });
    for (const [i, backend] of stack.backends.entries())
      await backend.report('/v1/completions', { headers: headers(i), onlyWhenAsked: true });
    await lighter(getter(stack.port, '/v1/completions'));
  },
  'canary-weights': async () => {
    const { get, close } = getter(stack.port, '/');
    const counts = await spread(2000, (i) => get([['x-user', `u${i}`]]), 20);
    // 10 % of 2,000 users; binomial with a standard deviation of 13, so that 120 to 280 is six of them each
    // way.
    const canary = counts['backend-4']!;
    assert.ok(canary > 120 && canary < 280, JSON.stringify(counts));
    assert.deepEqual(Object.values(await spread(50, () => get([['x-user', 'alice']]))), [50]);
    close();
  },
  'grpc-orca-trailers': async () => {
    for (const [i, backend] of stack.backends.entries())
      await backend.report('*', { trailers: { 'endpoint-load-metrics': `TEXT cpu=${i === 3 ? 0.9 : 0.3}` } });
    const client = await grpcClient(stack.port);
    await lighter({ get: client.call, close: () => {} });
    const { trailers } = await client.call();
    assert.deepEqual(Object.keys(trailers), ['grpc-status']);
    await client.close();
  },
};

async function shifts(path: string, form: string): Promise<void> {
  for (const [i, backend] of stack.backends.entries())
    await backend.report(path, { headers: { 'endpoint-load-metrics': `${form}${i === 3 ? 0.9 : 0.3}` } });
  await lighter(getter(stack.port, path));
}

/** Waits until backend-4, loaded three times as much as the others, gets plainly less than its even share. */
async function lighter({ get, close }: { get(): ReturnType<typeof http1>; close(): void }): Promise<void> {
  await eventually('the weights have moved', async () => {
    const counts = await spread(300, () => get());
    assert.ok((counts['backend-4'] ?? 0) < 50, JSON.stringify(counts));
  });
  close();
}

const folders = readdirSync(join(root, 'envoy'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(root, 'envoy', entry.name, 'in.yaml')))
  .map((entry) => entry.name);
for (const folder of folders) {
  containerTest(`example ${folder} does what its README says`, async () => {
    await stack.use(join(root, 'envoy', folder));
    await Promise.all(stack.backends.map((backend) => backend.report('*', {})));
    assert.ok(examples[folder] !== undefined, `no check for envoy/${folder}`);
    await examples[folder]!();
  });
}

containerTest('without the built filter, up and the demo say what is missing', async () => {
  const missing = join(root, 'dist/no-such.wasm');
  const result = spawnSync('docker', ['compose', '-p', project('missing'), 'up', '--wait'], {
    cwd: root,
    encoding: 'utf8',
    env: {
      ...process.env,
      LOADSTAR_WASM: missing,
      LOADSTAR_NET: nets.at(-1)!,
      LOADSTAR_PORT: '0',
      LOADSTAR_ADMIN_PORT: '0',
    },
  });
  docker('compose', '-f', join(root, 'docker-compose.yml'), '-p', project('missing'), 'down');
  assert.notEqual(result.status, 0);
  assert.match(result.stderr, /source path does not exist: .*no-such\.wasm/);
  await assert.rejects(
    startStack({ root: join(root, 'docker'), project: project('missing') }),
    /dist\/loadstar\.wasm is missing: run `npm run build` first/,
  );
});

containerTest('docker compose down leaves neither container nor network', async () => {
  const admin = new Admin(stack.adminPort);
  assert.equal((await admin.text('/ready')).trim(), 'LIVE');
  await stack.down();
  const mine = `label=com.docker.compose.project=${name}`;
  assert.equal(docker('ps', '-aq', '--filter', mine), '');
  assert.equal(docker('network', 'ls', '-q', '--filter', mine), '');
  assert.equal(docker('volume', 'ls', '-q', '--filter', mine), '');
});
