/** `--dashboard` of run and serve: the options, and what the dashboard is told of what runs. */

import { assets } from '../dashboard/built/assets.js';
import { Dashboard } from '../dashboard/dashboard.ts';
import { MIN_TOKEN } from '../dashboard/guard.ts';
import { DashboardServer } from '../dashboard/server.ts';
import type { Question, World } from '../dashboard/world.ts';
import { explain } from '../explain/explain.ts';
import type { Explanation } from '../explain/explanation.ts';
import { explainOrca } from '../explain/orca.ts';
import type { FilterPlan } from '../filter/plan.ts';
import type { NamedPlan } from '../live/stable-names.ts';
import { RunError, reasonOf, UsageError } from '../run/errors.ts';
import type { Translation } from '../translate.ts';
import { type Args, hostPort, type OptionTable } from './args.ts';
import { askedRequest } from './asked-request.ts';
import { loadFilter, parseOrca } from './commands/explain.ts';
import { explainInput } from './explain-input.ts';
import type { Io } from './io.ts';
import { wasmPath } from './options.ts';
import { isLocal, shownAddress } from './xds-address.ts';

const DEFAULT = '127.0.0.1:18001';

export const dashboardOptions: OptionTable = {
  dashboard: {
    value: '[HOST:PORT]',
    otherwise: DEFAULT,
    help: `show a page of what is balanced how (default address: ${DEFAULT})`,
  },
  'dashboard-token': {
    value: 'TOKEN',
    help: `whoever opens the page must know it, ${MIN_TOKEN} characters or more; needed off loopback`,
  },
};

interface Wanted {
  readonly address: string;
  readonly port: number;
  readonly token: string | undefined;
}

/** Undefined: no page is wanted. @throws {UsageError} */
export function dashboardWanted(args: Args): Wanted | undefined {
  const given = args.one('dashboard');
  const token = args.one('dashboard-token');
  if (given === undefined) {
    if (token !== undefined) throw new UsageError('--dashboard-token needs --dashboard');
    return undefined;
  }
  const { address, port } = hostPort('--dashboard', given);
  if (token === undefined && !isLocal({ address, port }))
    throw new UsageError(
      `--dashboard ${given} is reached from other machines: --dashboard-token TOKEN is needed`,
    );
  if (token !== undefined && !/^[\w.~-]+$/.test(token))
    throw new UsageError('--dashboard-token may have letters, digits, and . _ ~ - alone');
  if (token !== undefined && token.length < MIN_TOKEN)
    throw new UsageError(`--dashboard-token must have ${MIN_TOKEN} characters or more`);
  return { address, port, token };
}

/** What is in force for one Gateway, or for all of the input. */
export interface InForce {
  readonly named: NamedPlan;
  readonly filter: FilterPlan;
  readonly model: Translation['model'];
}

/** What differs between run and serve. */
export interface Running
  extends Pick<World, 'program' | 'gateways' | 'admin' | 'listen' | 'fleet' | 'loads'> {
  /** Undefined: there is no such Gateway. */
  inForce(gateway: string): InForce | undefined;
}

/** The one Envoy of this machine, for all of the input. */
export const oneEnvoy = (
  { admin, listen }: Pick<World, 'admin' | 'listen'>,
  inForce: () => InForce,
): Running => ({
  program: 'run',
  admin,
  listen,
  gateways: () => [''],
  inForce: (gateway) => (gateway === '' ? inForce() : undefined),
});

export interface RunningDashboard {
  readonly changed: Dashboard['changed'];
  /** Where it is opened. */
  readonly url: string;
  close(): Promise<void>;
}

/** @throws {RunError} when the address cannot be listened on */
export async function startDashboard(
  { address, port, token }: Wanted,
  io: Pick<Io, 'home' | 'version'>,
  running: Running,
): Promise<RunningDashboard> {
  const dashboard = new Dashboard(worldOf(io, running), new Map(Object.entries(assets)));
  const server = new DashboardServer(dashboard, token);
  const bound = await server.listen({ address, port }).catch((error) => {
    throw new RunError(
      `--dashboard ${shownAddress({ address, port })}: ${reasonOf(error)}; --dashboard 127.0.0.1:0 takes any port`,
    );
  });
  return {
    changed: (gateway, change) => dashboard.changed(gateway, change),
    url: `http://${shownAddress(bound)}/${token === undefined ? '' : '?token=…'}`,
    close: () => server.close(),
  };
}

function worldOf(io: Pick<Io, 'home' | 'version'>, running: Running): World {
  let filter: WebAssembly.Module | undefined;
  const module = (): WebAssembly.Module => {
    filter ??= loadFilter(wasmPath(undefined, io));
    return filter;
  };
  const inForce = (gateway: string): InForce => {
    const found = running.inForce(gateway);
    if (found === undefined) throw new UsageError(`there is no Gateway ${gateway}`);
    return found;
  };
  return {
    ...running,
    version: io.version,
    inForce: (gateway) => running.inForce(gateway)?.named,
    module,
    explain: (gateway, asked) => explained(inForce(gateway), module(), asked),
    readReport: (header, policy) => explainOrca(module(), ...parseOrca(header), policy),
  };
}

function explained(
  { named, filter, model }: InForce,
  module: WebAssembly.Module,
  asked: Question,
): Explanation {
  const { url, method, headers, sourceIp } = asked;
  const host = headers.find((header) => /^host:/i.test(header))?.replace(/^host:\s*/i, '');
  const rest = headers.filter((header) => !/^host:/i.test(header));
  const request = askedRequest({ url: withScheme(url), host, method, headers: rest, sourceIp });
  const input = explainInput({ plan: named.plan, filter, model }, request, module, asked);
  // Pools have the names of clusters here.
  return explain({ ...input, liveClusters: undefined });
}

/** As curl does it. */
const withScheme = (url: string): string => (url.includes('://') ? url : `http://${url}`);
