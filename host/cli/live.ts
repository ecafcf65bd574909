/** The live part of `loadstar run`: serves its one Envoy, and brings it each change of the input. */
import { join } from 'node:path';
import { emit } from '../envoy/emit.ts';
import type { Bootstrap } from '../envoy/envoy-types.ts';
import { runFolder } from '../run/command-line.ts';
import { RunError } from '../run/errors.ts';
import type { StartOptions } from '../run/process.ts';
import type { Temporary } from '../run/temporary.ts';
import type { FileWatch } from '../sources/files.ts';
import { AdsServer } from '../xds/server.ts';
import { startBootstrap } from '../xds/start-bootstrap.ts';
import type { Args } from './args.ts';
import type { LoadedPlan } from './input.ts';
import type { Io } from './io.ts';
import { LiveView, type ViewOptions } from './live-view.ts';

/** The longest path of a Unix socket that Linux and macOS both take. */
const MAX_SOCKET_PATH = 103;

export class LiveRun {
  readonly #view: LiveView;
  readonly #watch: FileWatch;
  readonly #server: AdsServer;
  #folder: Temporary | undefined;

  /**
   * @param watch Of the input; begun before `first` was read. It is closed with this.
   * @param more Of the view: what it is told of.
   */
  static async create(
    args: Args,
    io: Io,
    first: LoadedPlan,
    watch: FileWatch,
    more: Pick<ViewOptions, 'drainSeconds' | 'onChange'> = {},
  ): Promise<LiveRun> {
    return new LiveRun(await LiveView.create(args, io, first, { ...more, here: true }), watch);
  }

  private constructor(view: LiveView, watch: FileWatch) {
    this.#view = view;
    this.#watch = watch;
    this.#server = new AdsServer(() => view.group);
  }

  get inForce(): LiveView['inForce'] {
    return this.#view.inForce;
  }

  /** All of it in one file, for Envoy's own check. */
  get bootstrap(): Bootstrap {
    return this.#view.configuration.bootstrap;
  }

  /**
   * Listens in a folder of its own, and gives what an Envoy starts with that asks there. @throws {RunError}
   */
  async serve(start: StartOptions): Promise<StartOptions> {
    this.#folder = runFolder();
    const path = join(this.#folder.path, 'xds.sock');
    if (Buffer.byteLength(path) > MAX_SOCKET_PATH)
      throw new RunError(
        `${path} is too long for a socket; TMPDIR=FOLDER chooses a folder with a shorter path`,
      );
    await this.#server.listen({ path });
    return {
      ...start,
      folder: this.#folder,
      config: emit(startBootstrap(this.bootstrap, { servers: [{ path }] }), start.format),
    };
  }

  /** Once Envoy serves. @throws {RunError} when it refused something. */
  watch(): void {
    const refused = this.#view.group.envoys().find(({ refused }) => refused !== undefined)?.refused;
    if (refused !== undefined)
      throw new RunError(`Envoy refuses ${refused.names.join(', ') || refused.kind}: ${refused.reason}`);
    this.#watch.tell(() => this.#view.filesChanged());
  }

  /** Nothing changes any more. Envoy loses its server, and goes on with what it has. Safe to call twice. */
  async close(): Promise<void> {
    this.#watch.close();
    this.#view.close();
    await this.#server.close();
    this.#folder?.remove();
  }
}
