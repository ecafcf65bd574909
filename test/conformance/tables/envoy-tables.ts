/**
 * Maglev tables as Envoy builds them: a real Envoy with a cluster for each host set prints every slot in its
 * trace log (MaglevTable::logMaglevTable). The log is read as it comes, for a large table has millions of
 * lines.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { envoyBinary } from '../../support/binary.ts';
import { addressOf, type HostSet } from './sets.ts';

/** Number of the host (in the order of `hosts`) by slot. */
export interface EnvoyTable {
  readonly hosts: readonly string[];
  readonly slots: Uint16Array;
}

const type = (name: string): string => `type.googleapis.com/envoy.extensions.load_balancing_policies.${name}`;

function cluster(set: HostSet, name: string): object {
  const maglev = {
    '@type': type('maglev.v3.Maglev'),
    table_size: set.size,
    ...(set.localityWeighted ? { locality_weighted_lb_config: {} } : {}),
  };
  return {
    name,
    type: 'STATIC',
    load_assignment: {
      cluster_name: name,
      endpoints: set.localities.map(({ weight, hosts }, i) => ({
        locality: { region: `r${i}` },
        ...(set.localityWeighted ? { load_balancing_weight: weight } : {}),
        lb_endpoints: hosts.map((host) => ({
          endpoint: { address: { socket_address: { address: host.ip, port_value: host.port } } },
          load_balancing_weight: host.weight,
        })),
      })),
    },
    load_balancing_policy: {
      policies: [
        { typed_extension_config: { name: 'envoy.load_balancing_policies.maglev', typed_config: maglev } },
      ],
    },
  };
}

/**
 * The tables in the order of the sets. No host is ever connected to. Throws what Envoy wrote when it ends
 * early.
 */
export async function envoyTables(sets: readonly HostSet[]): Promise<EnvoyTable[]> {
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-tables-'));
  const file = join(folder, 'envoy.json');
  writeFileSync(
    file,
    JSON.stringify({
      admin: { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } },
      static_resources: { clusters: sets.map((set, i) => cluster(set, `c${i}`)) },
    }),
  );
  const tables = sets.map((set) => ({
    hosts: set.localities.flatMap(({ hosts }) => hosts.map(addressOf)),
    slots: new Uint16Array(set.size).fill(0xffff),
    left: set.size,
  }));
  // Envoy 1.40 builds no table for a single host; all keys are its own.
  for (const table of tables) {
    if (table.hosts.length > 1) continue;
    table.slots.fill(0);
    table.left = 0;
  }
  const place = new Map(
    tables.flatMap(({ hosts }, t) => hosts.map((host, h) => [host, [t, h] as const] as const)),
  );
  try {
    const child = spawn(
      await envoyBinary(),
      ['--config-path', file, '--disable-hot-restart', '--concurrency', '1', '--log-level', 'error'].concat([
        '--component-log-level',
        'upstream:trace',
        '--log-format',
        '%v',
      ]),
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let missing = tables.filter(({ left }) => left > 0).length;
    let rest = '';
    let last = '';
    await new Promise<void>((done, fail) => {
      child.on('error', fail);
      child.on('exit', () =>
        missing === 0 ? done() : fail(new Error(`Envoy ended, ${missing} tables missing:\n${last}`)),
      );
      child.stderr.setEncoding('latin1').on('data', (chunk: string) => {
        const text = rest + chunk;
        const end = text.lastIndexOf('\n');
        rest = text.slice(end + 1);
        for (const line of text.slice(0, end).split('\n')) {
          const slot = /^maglev: i=(\d+) address=(\S+) host=/.exec(line);
          if (slot === null) {
            last = line;
            continue;
          }
          const [t, h] = place.get(slot[2]!) ?? fail(new Error(`no set has the host ${slot[2]}`)) ?? [0, 0];
          const table = tables[t]!;
          const i = Number(slot[1]);
          if (table.slots[i] === 0xffff && --table.left === 0) missing--;
          // An older Envoy prints the table of a single host too.
          table.slots[i] = h;
        }
        if (missing === 0) child.kill('SIGKILL');
      });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return tables;
}
