/** What is valid and yet not what the user may think: settings that have no effect, or less than their words promise. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Model } from '../model/resources.ts';
import { about } from './from.ts';
import type { From, Pool } from './types.ts';

export function advise(model: Model, pools: readonly Pool[], diagnostics: Diagnostic[]): void {
  for (const policy of model.policies) {
    const lb = policy.spec.loadBalancer;
    if (lb === undefined) continue;
    if (lb.slowStart?.windowMs === 0) {
      diagnostics.push(
        about(
          policy,
          ['spec', 'loadBalancer', 'slowStart', 'window'],
          'warning',
          'slow-start-zero',
          'A slow start of 0s has no effect.',
          {
            value: '0s',
            hint: 'Give the window a length, as 30s, or leave slowStart out.',
          },
        ),
      );
    }
    if (lb.zoneAware?.preferLocal !== undefined) {
      diagnostics.push(
        about(
          policy,
          ['spec', 'loadBalancer', 'zoneAware', 'preferLocal'],
          'notice',
          'zone-of-envoy',
          'The local zone is the one that this Envoy is started in; without one every zone counts the same.',
          { hint: 'Start Envoy with --service-zone.' },
        ),
      );
    }
  }
  const told = new Set<string>();
  for (const pool of pools) {
    const { balancer, policy } = pool;
    if (balancer.kind !== 'maglev') continue;
    const hosts = pool.localities.reduce((sum, l) => sum + (l.priority === 0 ? l.endpoints.length : 0), 0);
    if (hosts > balancer.tableSize && once(told, `size ${idOf(policy)}`)) {
      diagnostics.push({
        ...at(policy),
        code: 'table-too-small',
        severity: 'warning',
        message: `Table size ${balancer.tableSize} is less than the ${hosts} hosts of pool ${pool.name}: some of them never get a request.`,
        field: 'spec.loadBalancer.consistentHash.tableSize',
        value: balancer.tableSize,
        hint: 'Take a prime of at least 100 times the number of hosts, or leave the default 65537.',
      });
    }
    if (pool.discovery === 'dns' && once(told, `dns ${pool.name}`)) {
      diagnostics.push({
        ...at(pool.from),
        code: 'pool-dns',
        severity: 'notice',
        message: `The hosts of pool ${pool.name} are found by DNS at run time, so Envoy's own table chooses among them, not the filter's.`,
      });
    }
  }
}

const once = (told: Set<string>, key: string): boolean => !told.has(key) && told.add(key) !== undefined;
const idOf = (from: From | undefined): string => (from === undefined ? '' : `${from.namespace}/${from.name}`);
const at = (from: From | undefined): Pick<Diagnostic, 'at' | 'resource'> =>
  from === undefined ? {} : { at: from.at, resource: `${from.kind} ${idOf(from)}` };
