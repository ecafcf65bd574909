/** What each host sends as its load report, how Envoy alone would read it, and how the filter does. */
import type { OrcaExplanation } from '../../explain/orca-explanation.ts';
import { type HeardHost, type HeardReport, MAX_HEARD } from '../contract.ts';
import { Answered, useAnswer } from './answer.tsx';
import { nativeText, ReadReport } from './read-report.tsx';
import { heard, poolLabel } from './store.ts';
import { type Column, ScrollingTable } from './table.tsx';
import { clockText } from './words.ts';

const COLUMNS: readonly Column[] = [
  ...['Host', 'Sends', 'Envoy alone', 'Loadstar'],
  ...['as Envoy reads it', 'repaired', 'refused'].map((number) => ({ number })),
];

export const HeardView = () => {
  const all = heard.value;
  return (
    <>
      <h2>What hosts send</h2>
      {all?.trouble && <p class="bad">It cannot be heard: {all.trouble}</p>}
      {all === undefined || all.hosts.length === 0 ? (
        <p>
          No host has sent a load report since this view was opened. They are read in pools that are balanced
          by BackendUtilization, or sticky until hot.
        </p>
      ) : (
        <>
          <p>
            The first report of each host in every five seconds. Numbers are counted since this view was
            opened.
          </p>
          <ScrollingTable label="Load reports of hosts" columns={COLUMNS}>
            {all.hosts.map((host) => (
              <HostRows key={`${host.pool} ${host.host}`} host={host} />
            ))}
          </ScrollingTable>
          {all.more > 0 && (
            <p>
              {all.more} more hosts are not listed; the first {MAX_HEARD} are.
            </p>
          )}
        </>
      )}
    </>
  );
};

const HostRows = ({ host }: { readonly host: HeardHost }) => {
  const [first, ...more] = host.reports;
  if (first === undefined) return null;
  return (
    <>
      <tr>
        <th scope="row">
          {host.host}
          <small> {poolLabel(host.pool)}</small>
        </th>
        <Said pool={host.pool} report={first} />
        <td class="number">{host.accepted}</td>
        <td class="number">{host.repaired}</td>
        <td class={`number${host.refused > 0 ? ' bad' : ''}`}>{host.refused}</td>
      </tr>
      {more.map((report) => (
        <tr key={report.result}>
          <th scope="row">
            {host.host}
            <small> also</small>
          </th>
          <Said pool={host.pool} report={report} />
          <td colSpan={3} />
        </tr>
      ))}
    </>
  );
};

const Said = ({ pool, report }: { readonly pool: string; readonly report: HeardReport }) => {
  const { at, header, value, bytes, result, because, native } = report;
  const [answer, asked] = useAnswer<OrcaExplanation>('report');
  const isCut = bytes > value.length;
  const read = () => asked(new URLSearchParams({ header: `${header}: ${value}`, pool }));
  return (
    <>
      <td class="said">
        <code>
          {header}: {value}
          {isCut && '…'}
        </code>{' '}
        <small>
          {clockText(at)}
          {isCut && `, the first ${value.length} of ${bytes} bytes`}
        </small>{' '}
        {!isCut && (
          <button type="button" class="link" onClick={read}>
            How is it read?
          </button>
        )}
        <Answered answer={answer}>{(found) => <ReadReport {...found} />}</Answered>
      </td>
      <td>{native === undefined ? 'too long to tell' : nativeText(native)}</td>
      <td class={result === 'refused' ? 'bad' : ''}>
        {result === 'refused' ? `refused: ${because}` : result === 'repaired' ? 'repaired' : 'as it is'}
      </td>
    </>
  );
};
