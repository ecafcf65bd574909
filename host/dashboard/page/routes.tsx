/** Which routes there are, where they lead, and which policy holds there. */
import type { RouteRow } from '../contract.ts';
import { poolLabel } from './store.ts';
import { ScrollingTable } from './table.tsx';
import { MAX_SHOWN } from './words.ts';

export const Routes = ({ rows }: { readonly rows: readonly RouteRow[] }) => (
  <details>
    <summary>Routes and what holds there ({rows.length})</summary>
    <ScrollingTable label="Routes" columns={['Route', 'Requests', 'Go to', 'Policy']}>
      {rows.slice(0, MAX_SHOWN).map((row) => (
        <RouteLine key={`${row.listener} ${row.name}`} row={row} />
      ))}
    </ScrollingTable>
  </details>
);

const RouteLine = ({ row }: { readonly row: RouteRow }) => (
  <tr>
    <th scope="row">
      {row.name}
      <Place at={row.at} />
    </th>
    <td>
      {row.domains.join(', ') || 'any host'}
      <br />
      <small>{row.matches}</small>
    </td>
    <td>{row.answer || row.pools.map(poolLabel).join(', ')}</td>
    <td>
      {row.policy === undefined ? 'none: LeastRequest' : row.policy.title}
      <Place at={row.policy?.at ?? ''} />
      {row.policy?.overrides.map((one) => (
        <small key={one}> overrides {one}</small>
      ))}
      {row.policy?.rejected.map((one) => (
        <small key={one} class="bad">
          {' '}
          not accepted: {one}
        </small>
      ))}
    </td>
  </tr>
);

export const Place = ({ at }: { readonly at: string }) =>
  at === '' ? null : <small class="place"> {at}</small>;
