/**
 * Many changes under a steady load, half of it on new connections, HTTP/1 and HTTP/2: what failed, what went
 * to a host where it does not belong, which connections ended.
 */

import { ref } from '../../../demo/fakes/manifests.ts';
import { sleep } from '../../support/eventually.ts';
import { Scene } from '../../support/live-scene.ts';
import { byHeader, type Change, World } from '../../support/live-world.ts';
import { render, service } from '../../support/manifests.ts';

export interface StormResult {
  readonly what: string;
  readonly changes: number;
  readonly requests: number;
  /** Requests a second: those sent; a busy machine sends fewer than it was told to. */
  readonly rate: number;
  readonly failed: number;
  readonly wrong: number;
  readonly drained: number;
}

/** Requests between two changes. */
const GAP_MS = 100;
const PORT = 28_171;

interface Part {
  readonly what: string;
  readonly rounds: number;
  /** What is changed and taken back in each round. */
  readonly change: (world: World) => Change;
}
const parts = (rounds: number): readonly Part[] => {
  const few = Math.max(2, Math.round(rounds / 10));
  const policy = { ...byHeader(), circuitBreaker: { maxConnections: 900 } };
  return [
    { what: 'a host added and removed', rounds, change: ({ hosts }) => ({ hosts }) },
    { what: 'weights of two backends', rounds: few, change: weighted },
    { what: 'a rule inserted before another', rounds: few, change: () => ({ before: ['/new'] }) },
    { what: 'the key of a policy', rounds: few, change: () => ({ policy: byHeader('x-other') }) },
    { what: 'a circuit breaker', rounds: few, change: () => ({ policy }) },
    {
      what: 'a listener added and removed',
      rounds: few,
      change: (world) => ({ listeners: [world.listener(), world.listener('more', PORT + 1)] }),
    },
  ];
};
const weighted = ({ hosts }: World): Change => ({
  hosts: hosts.slice(0, 2),
  rule: { backendRefs: [ref(), ref('more', { weight: 3 })] },
  more: service('more', hosts.slice(2)),
});

export async function benchStorm(
  rounds: number,
  rate: number,
  note: (line: string) => void,
): Promise<StormResult[]> {
  const world = await World.start(PORT);
  const results: StormResult[] = [];
  try {
    for (const { what, rounds: count, change } of parts(rounds)) {
      note(`${what}: ${count} times`);
      results.push(
        await under(world, rate, what, async (scene) => {
          for (let i = 0; i < count; i++)
            for (const next of [change(world), {}]) {
              await scene.change(world.manifests(next), undefined, false);
              await sleep(GAP_MS);
            }
          return 2 * count;
        }),
      );
    }
    const bad = Math.max(2, Math.round(rounds / 10));
    note(`files that are no good: ${bad}`);
    results.push(await under(world, rate, 'files that are no good', (scene) => spoil(scene, world, bad)));
  } finally {
    await world.stop();
  }
  return results;
}

async function spoil(scene: Scene, world: World, count: number): Promise<number> {
  const text = render(world.manifests());
  for (let i = 0; i < count; i++) {
    const bad = [text.slice(0, text.length - 200), 'kind: [', text.replace('"hostnames"', '"hostnamez"')][
      i % 3
    ];
    await scene.run.change(`# ${i}\n${bad}`, /what Envoy has stays/);
    await sleep(GAP_MS);
  }
  return count;
}

async function under(
  world: World,
  rate: number,
  what: string,
  work: (scene: Scene) => Promise<number>,
): Promise<StormResult> {
  const scene = await Scene.start(world.manifests(), {
    port: PORT,
    paths: ['/cart', '/other'],
    rate,
    backends: world.backends,
  });
  try {
    const from = performance.now();
    const changes = await work(scene);
    const seconds = (performance.now() - from) / 1_000;
    const { requests, failed, wrong, drained } = await scene.verdict();
    return {
      ...{ what, changes, requests, rate: Math.round(requests / seconds) },
      ...{ failed: failed.length, wrong: wrong.length, drained },
    };
  } finally {
    await scene.stop();
  }
}
