/** What is explained: a request, the input that it meets, and what is supposed of its hosts. */
import type { ExplainInput } from '../explain/explain.ts';
import { listenersFor } from '../explain/find-route.ts';
import type { Request } from '../explain/request.ts';
import { Filters } from '../filter/driver.ts';
import { knownHosts } from '../filter/hosts.ts';
import { withStableNames } from '../live/stable-names.ts';
import { keyOf } from '../plan/from.ts';
import type { Plan } from '../plan/types.ts';
import { UsageError } from '../run/errors.ts';
import { resolveHost } from '../simulate/change.ts';
import type { Translation } from '../translate.ts';
import { targetsOf } from './policy-view.ts';

/** As the options of `explain` have it. */
export interface Details {
  readonly listener?: string;
  readonly unhealthy: readonly string[];
  /** `HOST=N`. */
  readonly utilization: readonly string[];
}

/** @throws {UsageError} in words of the options */
export function explainInput(
  { model, plan, filter }: Pick<Translation, 'model' | 'plan' | 'filter'>,
  request: Request,
  module: WebAssembly.Module,
  details: Details,
): ExplainInput {
  const known = [...new Set(plan.pools.flatMap(knownHosts))];
  const utilization = details.utilization.map((item): [string, number] => {
    const match = /^(.+)=(\d+(?:\.\d+)?)$/.exec(item);
    if (match === null)
      throw new UsageError(
        `--utilization must be HOST=NUMBER, as 127.0.0.11:3000=0.9, not ${JSON.stringify(item)}`,
      );
    return [hostOf('--utilization', match[1]!, known), Number(match[2])];
  });
  const targets = model.policies.map((policy) => [keyOf(policy), targetsOf(policy)] as const);
  return {
    plan,
    liveClusters: new Map([...withStableNames(plan).labels].map(([cluster, pool]) => [pool, cluster])),
    filter,
    targets: new Map(targets),
    filters: new Filters(module),
    request,
    listener: listenerOf(details.listener, plan),
    unhealthy: details.unhealthy.map((host) => hostOf('--unhealthy', host, known)),
    utilization: new Map(utilization),
  };
}

function listenerOf(name: string | undefined, plan: Plan): string | undefined {
  if (listenersFor(plan, name).length > 0 || plan.listeners.length === 0) return name;
  const known = plan.listeners.map((listener) => `${listener.name} (${listener.port})`).join(', ');
  throw new UsageError(`--listener ${name}: no such listener; there are ${known}`);
}

function hostOf(option: string, host: string, known: readonly string[]): string {
  const found = resolveHost(known, host);
  if (found.kind === 'found') return found.host;
  throw new UsageError(`${option} ${host}: ${found.because}`);
}
