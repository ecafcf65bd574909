/** Which keys move when a host goes or comes. */
import { useState } from 'preact/hooks';
import type { SeenShares } from '../contract.ts';
import { Answered, useAnswer } from './answer.tsx';
import { ShareBars } from './bars.tsx';
import { Picture } from './picture.tsx';
import { shareText } from './words.ts';

export interface Moved {
  readonly moved?: number;
  readonly ideal?: number;
  readonly svg: string;
  readonly notes: readonly string[];
  /** Of a change that was made. */
  readonly seen?: SeenShares;
}

export const WhatIf = ({ id, hosts }: { readonly id: string; readonly hosts: readonly string[] }) => {
  const [answer, asked] = useAnswer<Moved>('what-if');
  const [remove, setRemove] = useState('');
  const [add, setAdd] = useState('');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    await asked(new URLSearchParams({ pool: id, remove, add }));
  };
  return (
    <>
      <h3>What if …</h3>
      <form onSubmit={submit}>
        <label>
          this host goes{' '}
          <select value={remove} onChange={(event) => setRemove(event.currentTarget.value)}>
            <option value="">none</option>
            {hosts.map((host) => (
              <option key={host}>{host}</option>
            ))}
          </select>
        </label>
        <label>
          this one is added{' '}
          <input
            placeholder="10.0.0.9:3000"
            value={add}
            onInput={(event) => setAdd(event.currentTarget.value)}
          />
        </label>
        <button type="submit">Show</button>
      </form>
      <Answered answer={answer}>{(moved) => <MovedKeys {...moved} />}</Answered>
    </>
  );
};

export const MovedKeys = ({ moved, ideal, svg, notes, seen }: Moved) => (
  <>
    {moved !== undefined && (
      <p>
        {shareText(moved)} of the keys move; {shareText(ideal)} is the least possible.
      </p>
    )}
    <Picture svg={svg} label="Share of keys of each host before and after" />
    {notes.map((note) => (
      <p key={note}>
        <small>{note}</small>
      </p>
    ))}
    {seen !== undefined && <Seen {...seen} />}
  </>
);

/** Beside what the keys make it expect: what the requests did. */
const Seen = ({ why, hosts }: SeenShares) => {
  if (why !== '') return <p>What was seen of it cannot be told: {why}.</p>;
  const rows = hosts.map(({ host, before, after }) => ({
    name: host,
    bars: [
      { style: 'before', share: before },
      { style: 'after', share: after, note: 'after' },
    ],
  }));
  const text = hosts.map((one) => `${one.host} ${shareText(one.before)}, then ${shareText(one.after)}`);
  return (
    <>
      <h3>What was seen: share of requests in the minute before, and in the minute after</h3>
      <ShareBars rows={rows} right={110} label={text.join('; ')} />
    </>
  );
};
