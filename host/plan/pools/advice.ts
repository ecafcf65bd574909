/** Checks that need a pool's hosts: errors, and valid settings that probably surprise. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { From, Pool } from '../types.ts';
import { serving } from './serving.ts';

export function advise(pools: readonly Pool[], diagnostics: Diagnostic[]): void {
  const told = new Set<string>();
  for (const pool of pools) {
    const { balancer, policy } = pool;
    if (checksGrpcOverHttp1(pool) && once(told, `grpc ${idOf(policy)}`)) {
      diagnostics.push({
        ...at(policy),
        code: 'health-check-protocol',
        severity: 'error',
        message: `The hosts of pool ${pool.name} ${pool.protocol === 'tcp' ? 'get whole connections' : 'speak HTTP/1.1'}, so that a gRPC health check cannot reach them.`,
        field: 'spec.healthCheck.active.type',
        value: 'GRPC',
        rule: 'A gRPC health check needs a GRPCRoute, or a Service port with appProtocol: kubernetes.io/h2c.',
        hint: 'Use a health check of type HTTP or TCP, or give the port that appProtocol.',
      });
    }
    if (balancer.kind !== 'maglev') continue;
    const hosts = serving(pool).reduce((sum, { endpoints }) => sum + endpoints.length, 0);
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
    if (pool.discovery === 'dns' && pool.protocol !== 'tcp' && once(told, `dns ${pool.name}`)) {
      diagnostics.push({
        ...at(pool.from),
        code: 'pool-dns',
        severity: 'notice',
        message: `The hosts of pool ${pool.name} are found by DNS at run time, so Envoy's own table chooses among them, not the filter's.${
          balancer.sticky === undefined
            ? ''
            : ' What is sticky until hot learns them from answers: a host is known once a key came to it.'
        }`,
      });
    }
  }
}

/** Envoy would refuse the whole configuration, so the health check is left out. */
export const checksGrpcOverHttp1 = ({ protocol, clientProtocol, healthCheck }: Pool): boolean =>
  (protocol === 'http1' || protocol === 'tcp') &&
  clientProtocol === undefined &&
  healthCheck?.check.kind === 'grpc';

const once = (told: Set<string>, key: string): boolean => !told.has(key) && told.add(key) !== undefined;
const idOf = (from: From | undefined): string => (from === undefined ? '' : `${from.namespace}/${from.name}`);
const at = (from: From | undefined): Pick<Diagnostic, 'at' | 'resource'> =>
  from === undefined ? {} : { at: from.at, resource: `${from.kind} ${idOf(from)}` };
