/** Which host gets this request, and why. */
import type { Explanation, KeyChoice, PoolExplanation } from '../../explain/explanation.ts';
import { Answered, useAnswer } from './answer.tsx';
import { Picture } from './picture.tsx';
import { shareText } from './words.ts';

interface Answer {
  readonly explanation: Explanation;
  /** One for each pool: the part of its table around the key. */
  readonly slots: readonly (string | null | undefined)[];
}

export const AskView = () => {
  const [answer, asked] = useAnswer<Answer>('explain');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string): string => String(form.get(name) ?? '').trim();
    const query = new URLSearchParams({ 'source-ip': text('source-ip'), unhealthy: text('unhealthy') });
    if (text('request').startsWith('curl')) query.set('curl', text('request'));
    else query.set('url', text('request'));
    for (const header of text('headers').split('\n')) query.append('header', header.trim());
    for (const load of text('utilization').split(/[\s,]+/)) query.append('utilization', load);
    await asked(query);
  };
  return (
    <>
      <form class="ask" onSubmit={submit}>
        <label>
          A URL, or a line of curl{' '}
          <textarea name="request" rows={2} required placeholder="http://www.example.com/cookie" />
        </label>
        <label>
          Headers, one in each line (with a URL){' '}
          <textarea name="headers" rows={2} placeholder="Cookie: FooBar=abc" />
        </label>
        <label>
          Address of the client <input name="source-ip" placeholder="127.0.0.1" />
        </label>
        <label>
          What if this host is down <input name="unhealthy" placeholder="10.0.0.1:3000" />
        </label>
        <label>
          … or hosts are this busy <input name="utilization" placeholder="10.0.0.1:3000=0.95" />
        </label>
        <button type="submit">Explain</button>
      </form>
      <div id="answer">
        <Answered answer={answer}>{(found) => <Explained {...found} />}</Answered>
      </div>
    </>
  );
};

const Explained = ({ explanation, slots }: Answer) => {
  const { answer, listener, route, near, policy, handling, pools, warnings } = explanation;
  return (
    <>
      {answer !== undefined && (
        <p class="result">
          Envoy answers {answer.status === 0 ? 'nothing and closes' : answer.status}: {answer.because}
        </p>
      )}
      {pools.map((pool, i) => (
        <PoolPart key={pool.pool} pool={pool} slots={slots[i] ?? undefined} />
      ))}
      <dl class="facts">
        {listener && (
          <Fact name="listener" value={`${listener.name} at ${listener.address}:${listener.port}`} />
        )}
        {route && <Fact name="route" value={`${route.name}, which matches ${route.matches}`} />}
        {policy && (
          <Fact
            name="policy"
            value={
              policy.holds === undefined
                ? 'none holds: LeastRequest'
                : `${policy.holds.kind} ${policy.holds.namespace}/${policy.holds.name}`
            }
          />
        )}
        {policy?.why.map((why) => (
          <Fact key={why} name="" value={why} />
        ))}
        {handling.map((one) => (
          <Fact key={one} name="also" value={one} />
        ))}
        {near?.map(({ route: name, because }) => (
          <Fact key={name} name="near" value={`${name}: ${because.join('; ')}`} />
        ))}
        {warnings.map((one) => (
          <Fact key={one} name="mind" value={one} />
        ))}
      </dl>
    </>
  );
};

const Fact = ({ name, value }: { readonly name: string; readonly value: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
);

const PoolPart = ({
  pool,
  slots,
}: {
  readonly pool: PoolExplanation;
  readonly slots: string | undefined;
}) => {
  const { choice, share, chosen, sentAs } = pool;
  return (
    <section class="chosen">
      <h2>
        {pool.pool}
        {share < 1 && ` gets ${shareText(share)} of the requests`}
        {chosen === true && ', and this one'}
        {chosen === false && ', not this one'}
      </h2>
      {choice.kind === 'key' ? (
        <Key choice={choice} />
      ) : (
        <p class="result">{'host' in choice ? choice.host : choice.how}</p>
      )}
      {sentAs !== undefined && (
        <p>
          sent as {sentAs.path} of {sentAs.host ?? 'the name of its backend'}
        </p>
      )}
      {slots !== undefined && <Picture svg={slots} />}
    </section>
  );
};

const Key = ({ choice }: { readonly choice: KeyChoice }) => {
  const { pick, unpicked, key, tableSize, down, sticky } = choice;
  return (
    <>
      <p class="result">
        {pick === undefined ? (
          unpicked
        ) : (
          <>
            host <strong data-host>{pick.host}</strong>
          </>
        )}
      </p>
      <ul>
        {key.map((part) => (
          <li key={part.part}>
            {part.part}: {part.value ?? part.because ?? part.from}
            {part.hash !== undefined && <small> hash {part.hash}</small>}
          </li>
        ))}
        {pick !== undefined && (
          <li>
            hash {pick.hash} modulo {tableSize} is slot {pick.slot}; if that host cannot be used:{' '}
            {pick.next.map(({ host }) => host).join(', ') || 'no other'}
          </li>
        )}
        {down !== undefined && (
          <li>
            with {down.hosts.join(', ')} down: {down.host ?? 'nowhere'} ({down.why})
          </li>
        )}
        {sticky?.loaded !== undefined && (
          <li>
            with these loads for {sticky.loaded.seconds} s: {sticky.loaded.host ?? 'no key'};{' '}
            {sticky.loaded.shed
              .map(({ host, share }) => `${host} gives away ${shareText(share)}`)
              .join(', ') || 'no host gives keys away'}
          </li>
        )}
      </ul>
    </>
  );
};
