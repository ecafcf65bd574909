/** What runs, as the dashboard asks for it. */
import type { Explanation } from '../explain/explanation.ts';
import type { OrcaPolicy } from '../explain/orca.ts';
import type { NamedPlan } from '../live/stable-names.ts';
import type { FleetRow } from './contract.ts';
import type { Asked } from './curl.ts';
import type { FleetLoads } from './fleet-sampler.ts';
import type { EnvoyAdmin } from './sampler.ts';

export interface World {
  readonly program: 'run' | 'serve';
  readonly version: string;
  /** Names of the Gateways that are served; '' for all of the input. */
  gateways(): readonly string[];
  /** What is in force for one; undefined: there is none of that name. */
  inForce(gateway: string): NamedPlan | undefined;
  /** The compiled filter. @throws {Error} with a message for who asked */
  module(): WebAssembly.Module;
  /** @throws {Error} with a message for who asked */
  explain(gateway: string, asked: Question): Explanation;
  /** How a load report is read. @throws {Error} with a message for who asked */
  readReport(header: string, policy: OrcaPolicy): unknown;
  /** Of the one Envoy that runs here. */
  readonly admin?: EnvoyAdmin;
  /** Its log at level debug, while there is a listener. */
  listen?(listener: ((line: string) => void) | undefined): Promise<void>;
  fleet?(): readonly FleetRow[];
  /** What the Envoys of a Gateway count; undefined: there is none of that name. */
  loads?(gateway: string): FleetLoads | undefined;
}

export interface Question extends Asked {
  readonly sourceIp?: string;
  readonly unhealthy: readonly string[];
  /** `HOST=N`. */
  readonly utilization: readonly string[];
}
