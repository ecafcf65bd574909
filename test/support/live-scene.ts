/**
 * `loadstar run` under load while its manifests change: HTTP/1 and HTTP/2, half of the requests on new
 * connections. At the end each request is held against the manifests that were in force while it was under
 * way.
 */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import type { Backend } from '../../demo/fakes/backend.ts';
import { type Shot, SteadyLoad } from '../../demo/fakes/steady-load.ts';
import { eventually } from './eventually.ts';
import { type Homes, homesOf } from './live-homes.ts';
import { LiveRun } from './live-run.ts';
import { World } from './live-world.ts';
import type { Manifest } from './manifests.ts';

export interface SceneOptions {
  readonly port: number;
  readonly paths: readonly string[];
  /** Requests per second. */
  readonly rate?: number;
  readonly args?: readonly string[];
  /** All that may answer. */
  readonly backends: readonly Backend[];
}

/** What is in force from its writing until the next one is acknowledged. */
interface Era {
  readonly homes: Homes;
  readonly from: number;
  until: number;
}

/** Workers have a change a little after Envoy's word for it, and this machine may be busy. Milliseconds. */
const SLACK_MS = 500;
/** Requests that are awaited after a change, beyond the slack. */
const STEADY = 60;

export interface Verdict {
  readonly requests: number;
  readonly failed: readonly Shot[];
  /** Answered by a host that none of the manifests of that time sends it to. */
  readonly wrong: readonly string[];
  /** Connections that Envoy let go: by its own count, and as clients saw it. */
  readonly drained: number;
  /** Requests that crossed the end of a connection and were sent again. */
  readonly refused: number;
}

export class Scene {
  readonly run: LiveRun;
  readonly load: SteadyLoad;
  readonly #eras: Era[] = [];
  #good: Era;
  readonly #names: ReadonlyMap<string, string>;

  private constructor(run: LiveRun, options: SceneOptions, first: readonly Manifest[]) {
    this.run = run;
    this.#good = this.#era(first);
    this.#names = new Map(options.backends.map(({ host, name }) => [host, name]));
    this.load = new SteadyLoad({ port: options.port, paths: options.paths, rate: options.rate ?? 200 });
  }

  static async start(first: readonly Manifest[], options: SceneOptions): Promise<Scene> {
    return new Scene(await LiveRun.start(first, options.args), options, first);
  }

  /**
   * Writes, waits for Envoy's word and (`steady`) then for some requests. @returns the line that was printed.
   */
  async change(manifests: readonly Manifest[], line?: RegExp, steady = true): Promise<string> {
    const before = this.#good;
    this.#good = this.#era(manifests);
    const said = await this.run.change(manifests);
    if (line !== undefined) assert.match(said, line);
    before.until = performance.now();
    if (steady) await this.steady(before.until + SLACK_MS);
    return said;
  }

  /** Writes what is refused. Until it is taken back, hosts may have it in part. @returns the line. */
  async refused(manifests: readonly Manifest[], line: RegExp): Promise<string> {
    const era = this.#era(manifests);
    const said = await this.run.change(manifests, line);
    era.until = performance.now();
    await this.steady(era.until + SLACK_MS);
    return said;
  }

  #era(manifests: readonly Manifest[]): Era {
    const era = { homes: homesOf(manifests), from: performance.now(), until: Number.POSITIVE_INFINITY };
    this.#eras.push(era);
    return era;
  }

  /** Some requests that were sent after a time. */
  async steady(since = performance.now()): Promise<void> {
    const { shots } = this.load;
    await eventually('requests after it', () => {
      let count = 0;
      for (let i = shots.length - 1; i >= 0 && count < STEADY; i--)
        if ((shots[i]?.sent ?? 0) > since) count += 1;
      assert.ok(count >= STEADY, `${count} of ${STEADY} answered`);
    });
  }

  async verdict(): Promise<Verdict> {
    const shots = await this.load.stop();
    const stats = await this.run.admin.stats('^http\\.http-.*\\.downstream_cx_drain_close$');
    const counted = Object.values(stats).reduce((sum, count) => sum + count, 0);
    const seen = shots.filter(({ closes }) => closes).length + this.load.goaways;
    return {
      requests: shots.length,
      failed: this.load.failed,
      wrong: shots.flatMap((shot) => this.#wrong(shot) ?? []),
      drained: Math.max(counted, seen),
      refused: this.load.refused,
    };
  }

  #wrong({ path, key, backend, status, sent, ended }: Shot): string | undefined {
    if (status !== 200) return undefined;
    const allowed = new Set<string>();
    for (const { homes, from, until } of this.#eras)
      if (from <= ended && sent <= until + SLACK_MS)
        for (const host of homes(path, key)) allowed.add(this.#names.get(host) ?? host);
    return allowed.has(backend) ? undefined : `${path} ${key} at ${backend}, not ${[...allowed]}`;
  }

  async stop(): Promise<number | null> {
    await this.load.stop();
    return await this.run.stop();
  }
}

/** Nothing failed, nothing went astray, nobody lost a connection. */
export async function unharmed(scene: Scene): Promise<Verdict> {
  const verdict = await scene.verdict();
  assert.ok(verdict.requests > 0);
  assert.deepEqual(verdict.failed, []);
  assert.deepEqual(verdict.wrong.slice(0, 10), []);
  assert.equal(verdict.drained, 0);
  return verdict;
}

/** A world and a scene in it for all tests of a file: called at its top, and there within its tests. */
export function useScene(
  port: number,
  protocol?: 'http1' | 'either',
): { readonly world: World; readonly scene: Scene } {
  let world: World | undefined;
  let scene: Scene | undefined;
  before(async () => {
    world = await World.start(port, protocol);
    scene = await Scene.start(world.manifests(), {
      port,
      paths: ['/cart', '/other'],
      backends: world.backends,
    });
  });
  after(async () => {
    await scene?.stop();
    await world?.stop();
  });
  return {
    get world() {
      return started(world);
    },
    get scene() {
      return started(scene);
    },
  };
}

function started<T>(part: T | undefined): T {
  assert.ok(part !== undefined, 'it is there within tests');
  return part;
}
