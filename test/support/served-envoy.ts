/** A real Envoy that gets its configuration by delta ADS over a Unix socket, from the server that ships. */
import type { Bootstrap } from '../../host/envoy/envoy-types.ts';
import { encode } from '../../host/xds/encode.ts';
import { EnvoyGroup, type Outcome } from '../../host/xds/group.ts';
import { resourcesOf } from '../../host/xds/resources.ts';
import { AdsServer } from '../../host/xds/server.ts';
import { startBootstrap } from '../../host/xds/start-bootstrap.ts';
import { Envoy, type EnvoyOptions } from './envoy.ts';

export class ServedEnvoy {
  readonly server: AdsServer;
  readonly group: EnvoyGroup;
  readonly envoy: Envoy;

  private constructor(server: AdsServer, group: EnvoyGroup, envoy: Envoy) {
    this.server = server;
    this.group = group;
    this.envoy = envoy;
  }

  /** @param path Of the socket. */
  static async start(first: Bootstrap, path: string, options: EnvoyOptions = { concurrency: 2 }) {
    const group = new EnvoyGroup(encode(resourcesOf(first)), { answerMs: 90_000 });
    const server = new AdsServer(() => group);
    await server.listen({ path });
    try {
      const envoy = await Envoy.start(startBootstrap(first, { servers: [{ path }] }) as object, options);
      return new ServedEnvoy(server, group, envoy);
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  publish(next: Bootstrap): Promise<Outcome> {
    return this.group.publish(encode(resourcesOf(next), this.group.snapshot));
  }

  async stop(): Promise<void> {
    await this.envoy.stop();
    await this.server.close();
  }
}
