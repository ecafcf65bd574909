/** Which routes there are, where they lead, and which policy holds there. */
import type { RouteRow } from '../contract.ts';
import { ScrollingTable } from './table.tsx';
import { MAX_SHOWN } from './words.ts';

/** Names of clusters, and of pools as a person reads them. */
type Titles = ReadonlyMap<string, string>;

interface Routes {
  readonly rows: readonly RouteRow[];
  readonly titles: Titles;
}

export const Routes = ({ rows, titles }: Routes) => (
  <details>
    <summary>Routes and what holds there ({rows.length})</summary>
    <ScrollingTable label="Routes" columns={['Route', 'Requests', 'Go to', 'Policy']}>
      {rows.slice(0, MAX_SHOWN).map((row) => (
        <RouteLine key={`${row.listener} ${row.name}`} row={row} titles={titles} />
      ))}
    </ScrollingTable>
  </details>
);

const RouteLine = ({ row, titles }: { readonly row: RouteRow; readonly titles: Titles }) => (
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
    <td>{row.answer || row.pools.map((id) => titles.get(id) ?? id).join(', ')}</td>
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
