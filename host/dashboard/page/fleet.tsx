/** Every Envoy of the fleet, what it has, and how far it is behind. */
import { fleet } from './store.ts';
import { ScrollingTable } from './table.tsx';

export const FleetView = () =>
  fleet.value === undefined || fleet.value.length === 0 ? (
    <p>No Envoy is connected.</p>
  ) : (
    <ScrollingTable label="Envoys" columns={['Envoy', 'Gateway', 'Zone', 'Version', 'State']}>
      {fleet.value.map((one) => (
        <tr key={`${one.gateway} ${one.id}`} class={one.current ? '' : 'bad'}>
          <th scope="row">{one.id}</th>
          <td>{one.gateway || 'all'}</td>
          <td>{one.zone || '–'}</td>
          <td>{one.envoy || '?'}</td>
          <td>
            {one.current ? 'has what is served' : `behind for ${one.behindSeconds} s`}
            {one.refused !== '' && `: ${one.refused}`}
          </td>
        </tr>
      ))}
    </ScrollingTable>
  );
