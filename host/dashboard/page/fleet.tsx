/** Every Envoy of the fleet, what it has, and how far it is behind. */
import { Scroll } from './scroll.tsx';
import { fleet } from './store.ts';

export const FleetView = () =>
  fleet.value === undefined || fleet.value.length === 0 ? (
    <p>No Envoy is connected.</p>
  ) : (
    <Scroll label="Envoys">
      <table>
        <thead>
          <tr>
            <th scope="col">Envoy</th>
            <th scope="col">Gateway</th>
            <th scope="col">Zone</th>
            <th scope="col">Version</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
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
        </tbody>
      </table>
    </Scroll>
  );
