/** Load reports: what was read, what was refused and why, and how one of your own would be read. */
import { useState } from 'preact/hooks';
import type { OrcaExplanation } from '../../explain/orca-explanation.ts';
import { Answered, useAnswer } from './answer.tsx';
import { HeardView } from './heard.tsx';
import { ReadReport } from './read-report.tsx';
import { reports } from './store.ts';
import { Head } from './table.tsx';

const FORMS = ['text', 'json', 'binary'] as const;
const FATES = ['accepted', 'repaired', 'refused'] as const;

export const ReportsView = () => {
  const value = new Map(reports.value.counters.map((one) => [one.name, one.value]));
  const count = (name: string): number => value.get(`loadstar_reports_${name}_total`) ?? 0;
  const reasons = reports.value.counters.filter(
    (one) => one.name.startsWith('loadstar_reports_refused_') && one.value > 0,
  );
  return (
    <>
      <table>
        <caption>Load reports since Envoy started</caption>
        <Head
          columns={['Form', ...['as Envoy reads it', 'repaired', 'refused'].map((number) => ({ number }))]}
        />
        <tbody>
          {FORMS.map((form) => (
            <tr key={form}>
              <th scope="row">{form}</th>
              {FATES.map((fate) => (
                <td
                  key={fate}
                  class={`number${fate === 'refused' && count(`${form}_${fate}`) > 0 ? ' bad' : ''}`}
                >
                  {count(`${form}_${fate}`)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {reasons.length > 0 && (
        <ul>
          {reasons.map(({ name, value: times }) => (
            <li key={name}>
              refused, {name.slice('loadstar_reports_refused_'.length, -'_total'.length).replaceAll('_', ' ')}
              : {times}
            </li>
          ))}
        </ul>
      )}
      <HeardView />
      <TryReport />
    </>
  );
};

const TryReport = () => {
  const [answer, asked] = useAnswer<OrcaExplanation>('report');
  const [header, setHeader] = useState('endpoint-load-metrics: TEXT cpu=0.3,mem=0.8');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    await asked(new URLSearchParams({ header }));
  };
  return (
    <>
      <h2>How is this report read?</h2>
      <form onSubmit={submit}>
        <label>
          A response header{' '}
          <input class="wide" value={header} onInput={(event) => setHeader(event.currentTarget.value)} />
        </label>
        <button type="submit">Read</button>
      </form>
      <Answered answer={answer}>{(found) => <ReadReport {...found} />}</Answered>
    </>
  );
};
