/** The hosts of a pool, with what is known of each: columns that say nothing of this pool are left out. */
import { Fragment } from 'preact';
import type { HostNow, HostRow, PoolRow } from '../contract.ts';
import { Remark, ScrollingTable } from './table.tsx';
import { msText, rateText, shareText } from './words.ts';

interface NumberColumn {
  readonly title: string;
  /** Absent: for every pool. */
  readonly when?: (pool: PoolRow) => boolean;
  readonly text: (seen: HostNow | undefined, host: HostRow) => string;
}

/** Nothing is said to be due: Envoy shows nobody what it makes of the reports. */
export const byLoad = ({ balancer }: PoolRow): boolean => balancer === 'BackendUtilization';
const isSticky = ({ sticky }: PoolRow): boolean => sticky;
/** Load reports count for it. */
export const isReported = (pool: PoolRow): boolean => byLoad(pool) || isSticky(pool);

const healthText = (seen: HostNow | undefined): string =>
  seen?.healthy === undefined ? '–' : seen.healthy ? 'healthy' : seen.why;

const countText = (n: number | undefined): string => (n === undefined ? '–' : String(n));

const NUMBERS: readonly NumberColumn[] = [
  { title: 'Requests', text: (seen) => (seen === undefined ? '–' : rateText(seen.rate)) },
  { title: 'Failed', text: (seen) => shareText(seen?.errors) },
  { title: 'Share', text: (seen) => shareText(seen?.share) },
  {
    title: 'Due',
    when: (pool) => !byLoad(pool),
    text: (seen, host) => shareText(seen?.due ?? host.share),
  },
  { title: 'In flight', text: (seen) => countText(seen?.inFlight) },
  {
    title: 'Utilization',
    when: isReported,
    text: (seen) => seen?.utilization?.toFixed(3) ?? '–',
  },
  { title: 'Fastest answer', when: isSticky, text: (seen) => msText(seen?.fastest) },
  { title: 'Gives away', when: isSticky, text: (seen) => shareText(seen?.shed) },
];

interface Hosts {
  readonly pool: PoolRow;
  readonly seen: ReadonlyMap<string, HostNow>;
}

export const HostTable = ({ pool, seen }: Hosts) => {
  const numbers = NUMBERS.filter(({ when }) => when === undefined || when(pool));
  const columns = ['Host', 'Health', ...numbers.map(({ title }) => ({ number: title }))];
  return (
    <ScrollingTable label="Hosts" columns={columns}>
      {pool.hosts.map((host) => {
        const is = seen.get(host.host);
        return (
          <Fragment key={host.host}>
            <tr class={is?.healthy === false ? 'bad' : ''}>
              <th scope="row">
                {host.host}
                {host.zone !== '' && <small> {host.zone}</small>}
              </th>
              <td>{host.role || healthText(is)}</td>
              {numbers.map(({ title, text }) => (
                <td key={title} class="number">
                  {text(is, host)}
                </td>
              ))}
            </tr>
            <Remark text={is?.healthy === false ? '' : is?.remark} columns={columns.length} />
          </Fragment>
        );
      })}
    </ScrollingTable>
  );
};
