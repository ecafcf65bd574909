/** What changed, from which line, who has it, and which keys it moved. */
import type { ChangeRow } from '../contract.ts';
import { Answered, useAnswer } from './answer.tsx';
import { changes, poolLabel } from './store.ts';
import { type Moved, MovedKeys } from './what-if.tsx';
import { momentText } from './words.ts';

const RESULTS: Readonly<Record<ChangeRow['result'], string>> = {
  acknowledged: 'acknowledged',
  refused: 'refused: what Envoy has stays',
  unanswered: 'not answered by all yet',
  waiting: 'waits for an Envoy',
};

export const ChangesView = () =>
  changes.value.length === 0 ? (
    <p>Nothing has changed since Loadstar started.</p>
  ) : (
    <ol class="changes">
      {changes.value.map((one) => (
        <Change key={one.id} change={one} />
      ))}
    </ol>
  );

const Change = ({ change }: { readonly change: ChangeRow }) => {
  const { at, parts, sources, result, reason, ms, envoys, moved } = change;
  return (
    <li class={result === 'refused' ? 'bad' : ''}>
      <h2>
        <time dateTime={new Date(at).toISOString()}>{momentText(at)}</time> {parts[0] ?? 'the configuration'}
      </h2>
      {parts.length > 1 && (
        <ul>
          {parts.slice(1).map((part) => (
            <li key={part}>{part}</li>
          ))}
        </ul>
      )}
      <p>
        {RESULTS[result]}
        {result === 'acknowledged' && ` after ${ms} ms`}
        {envoys.length > 0 && ` by ${envoys.join(', ')}`}
        {reason !== '' && `. ${reason.split('\n', 1)[0]}`}
      </p>
      {reason
        .split('\n')
        .slice(1)
        .map((line) => (
          <p key={line}>{line}</p>
        ))}
      {sources.length > 0 && (
        <ul>
          {sources.map(({ what, at: place }) => (
            <li key={`${what} ${place}`}>
              {what} <small class="place">{place}</small>
            </li>
          ))}
        </ul>
      )}
      {moved.map((id) => (
        <MovedOf key={id} change={change.id} pool={id} />
      ))}
    </li>
  );
};

const MovedOf = ({ change, pool }: { readonly change: number; readonly pool: string }) => {
  const [answer, asked] = useAnswer<Moved>('moved');
  const show = (): Promise<void> => asked(new URLSearchParams({ change: String(change), pool }));
  return (
    <>
      {answer === undefined && (
        <button type="button" onClick={show}>
          Which keys of {poolLabel(pool)} moved?
        </button>
      )}
      <Answered answer={answer}>{(moved) => <MovedKeys {...moved} />}</Answered>
    </>
  );
};
