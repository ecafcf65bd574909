/** Every Envoy of the fleet, what it has, what it lacks or refuses, and how far it is behind. */
import { Fragment } from 'preact';
import type { FleetRow } from '../contract.ts';
import { fleet } from './store.ts';
import { type Column, Remark, ScrollingTable } from './table.tsx';
import { rateText, shareText } from './words.ts';

const COLUMNS: readonly Column[] = [
  ...['Envoy', 'Gateway', 'Zone', 'Version'],
  ...['Requests', 'Failed'].map((number) => ({ number })),
  'State',
];

export const FleetView = () =>
  fleet.value === undefined || fleet.value.length === 0 ? (
    <p>No Envoy is connected.</p>
  ) : (
    <>
      <ScrollingTable label="Envoys" columns={COLUMNS}>
        {fleet.value.map((one) => (
          <EnvoyLine key={`${one.gateway} ${one.id}`} one={one} />
        ))}
      </ScrollingTable>
      {fleet.value.some(({ load }) => load === undefined) && (
        <p>
          An Envoy without numbers has told none yet. It never tells any when its file was made by a{' '}
          <code>loadstar bootstrap</code> without load reports: make it anew.
        </p>
      )}
    </>
  );

const EnvoyLine = ({ one }: { readonly one: FleetRow }) => {
  const { id, gateway, zone, envoy, current, behindSeconds, refused, lacks, load } = one;
  const isWell = current && lacks.length === 0;
  return (
    <Fragment>
      <tr class={isWell ? '' : 'bad'}>
        <th scope="row">{id}</th>
        <td>{gateway || 'all'}</td>
        <td>{zone || '–'}</td>
        <td>{envoy || '?'}</td>
        <td class="number">{load === undefined ? '–' : rateText(load.rate)}</td>
        <td class={`number${load !== undefined && load.errors > 0 ? ' bad' : ''}`}>
          {shareText(load?.errors)}
        </td>
        <td>
          {current ? 'has what is served' : `behind for ${behindSeconds} s`}
          {lacks.length > 0 && `, lacks ${lacks.length}`}
        </td>
      </tr>
      <Remark text={refused === '' ? '' : `refuses ${refused}`} columns={COLUMNS.length} />
      {lacks.map((lack) => (
        <Remark key={lack} text={`too old: ${lack}`} columns={COLUMNS.length} />
      ))}
    </Fragment>
  );
};
