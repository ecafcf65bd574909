/** How one load report is read: by Envoy alone, and by Envoy with the filter. */
import type { OrcaExplanation } from '../../explain/orca-explanation.ts';

export const ReadReport = ({ native, loadstar }: Pick<OrcaExplanation, 'native' | 'loadstar'>) => (
  <>
    <dl class="facts wide-names">
      <div>
        <dt>Envoy alone</dt>
        <dd>{nativeText(native)}</dd>
      </div>
      <div>
        <dt>Loadstar</dt>
        <dd>{loadstarText(loadstar)}</dd>
      </div>
      <div>
        <dt>Envoy then gets</dt>
        <dd>{loadstar.header ?? 'nothing: the report is removed'}</dd>
      </div>
      {loadstar.weight !== undefined && (
        <div>
          <dt>weight</dt>
          <dd>
            {loadstar.weight}
            {loadstar.assumedRate !== undefined &&
              `, as if the host answered ${loadstar.assumedRate} requests a second: the filter measures the rate where a report has none`}
          </dd>
        </div>
      )}
    </dl>
    {loadstar.metrics.length > 0 && (
      <table class="small">
        <caption>
          {loadstar.result === 'refused' ? 'Metrics before what was wrong' : 'Metrics as understood'}
        </caption>
        <tbody>
          {loadstar.metrics.map(({ name, value }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
  </>
);

export function nativeText({ effect, reads, error, weight }: OrcaExplanation['native']): string {
  switch (effect) {
    case 'weight':
      return `reads ${reads}; that is weight ${weight}`;
    case 'no effect':
      return `reads ${reads}, to no effect: ${error}`;
    case 'refused':
      return `refuses all of it: ${error}`;
  }
}

const loadstarText = ({ result, because }: OrcaExplanation['loadstar']): string =>
  result === 'refused'
    ? `refused: ${because}`
    : result === 'repaired'
      ? 'repaired: written anew as Envoy reads it'
      : 'accepted as it is';
