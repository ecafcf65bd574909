/** What is balanced how, and whether it is well: pools, and the routes that lead to them. */
import { computed, signal } from '@preact/signals';
import { countText } from '../../basics/text.ts';
import type { PoolNow, PoolRow, RouteRow } from '../contract.ts';
import { PoolView } from './pool.tsx';
import { Scroll } from './scroll.tsx';
import { now, overview, pool } from './store.ts';
import { msText, rateText, shareText } from './words.ts';

const search = signal('');
/** More rows are not drawn; searching finds them. */
const MAX_SHOWN = 200;

const byId = computed(() => new Map(now.value?.pools.map((one) => [one.id, one])));

const found = computed(() => {
  const wanted = search.value.toLowerCase();
  const all = overview.value?.pools ?? [];
  const texts = (one: PoolRow) => `${one.label} ${one.id} ${one.balancer} ${one.policy}`.toLowerCase();
  return wanted === '' ? all : all.filter((one) => texts(one).includes(wanted));
});

export const NowView = () => {
  const seen = overview.value;
  if (seen === undefined) return <p>Nothing is served yet: no Envoy has come.</p>;
  return (
    <>
      <Totals />
      <div class="split">
        <section aria-labelledby="pools-title">
          <h2 id="pools-title">Pools</h2>
          <label class="search">
            Find a pool{' '}
            <input
              type="search"
              value={search.value}
              onInput={(event) => {
                search.value = event.currentTarget.value;
              }}
            />
          </label>
          <PoolTable rows={found.value.slice(0, MAX_SHOWN)} />
          {found.value.length > MAX_SHOWN && <p>{found.value.length - MAX_SHOWN} more: search for them.</p>}
        </section>
        {pool.value !== '' && <PoolView key={pool.value} id={pool.value} />}
      </div>
      <Routes rows={seen.routes} />
      {seen.more > 0 && (
        <p>
          {seen.more} more are not listed; <code>loadstar check</code> lists all.
        </p>
      )}
    </>
  );
};

const Totals = () => {
  const pools = now.value?.pools ?? [];
  if (pools.length === 0) return null;
  const rate = pools.reduce((sum, one) => sum + one.rate, 0);
  const errors = pools.reduce((sum, one) => sum + one.rate * one.errors, 0);
  const sick = pools.reduce((sum, one) => sum + one.total - one.healthy, 0);
  return (
    <dl class="totals">
      <div>
        <dt>requests</dt>
        <dd>{rateText(rate)}</dd>
      </div>
      <div class={errors > 0 ? 'bad' : ''}>
        <dt>failed</dt>
        <dd>{shareText(rate === 0 ? 0 : errors / rate)}</dd>
      </div>
      <div class={sick > 0 ? 'bad' : ''}>
        <dt>hosts unhealthy</dt>
        <dd>{sick}</dd>
      </div>
    </dl>
  );
};

const PoolTable = ({ rows }: { readonly rows: readonly PoolRow[] }) => (
  <Scroll label="Table of pools">
    <table>
      <thead>
        <tr>
          <th scope="col">Pool</th>
          <th scope="col">Balanced by</th>
          <th scope="col" class="number">
            Requests
          </th>
          <th scope="col" class="number">
            Failed
          </th>
          <th scope="col" class="number">
            p50
          </th>
          <th scope="col" class="number">
            p99
          </th>
          <th scope="col" class="number">
            Healthy
          </th>
          <th scope="col">Remark</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <PoolLine key={row.id} row={row} seen={byId.value.get(row.id)} />
        ))}
      </tbody>
    </table>
  </Scroll>
);

const PoolLine = ({ row, seen }: { readonly row: PoolRow; readonly seen: PoolNow | undefined }) => {
  const isOpen = pool.value === row.id;
  const isSick = seen !== undefined && seen.healthy < seen.total;
  return (
    <tr class={isSick ? 'bad' : ''}>
      <th scope="row">
        <button
          type="button"
          class="link"
          aria-expanded={isOpen}
          onClick={() => {
            pool.value = isOpen ? '' : row.id;
          }}
        >
          {row.label}
        </button>
      </th>
      <td>
        {row.balancer}
        {row.key !== '' && <small> by {row.key}</small>}
        {row.sticky && <small>, sticky until hot</small>}
      </td>
      <td class="number">{seen === undefined ? '–' : rateText(seen.rate)}</td>
      <td class={`number${seen !== undefined && seen.errors > 0 ? ' bad' : ''}`}>
        {shareText(seen?.errors)}
      </td>
      <td class="number">{msText(seen?.p50)}</td>
      <td class="number">{msText(seen?.p99)}</td>
      <td class={`number${isSick ? ' bad' : ''}`}>
        {seen === undefined || seen.total === 0
          ? countText(row.hosts.length, 'host')
          : `${seen.healthy} of ${seen.total}`}
      </td>
      <td>{seen?.remark}</td>
    </tr>
  );
};

const Routes = ({ rows }: { readonly rows: readonly RouteRow[] }) => (
  <details>
    <summary>Routes and what holds there ({rows.length})</summary>
    <Scroll label="Routes">
      <table>
        <thead>
          <tr>
            <th scope="col">Route</th>
            <th scope="col">Requests</th>
            <th scope="col">Go to</th>
            <th scope="col">Policy</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MAX_SHOWN).map((row) => (
            <tr key={`${row.listener} ${row.name}`}>
              <th scope="row">
                {row.name}
                <Place at={row.at} />
              </th>
              <td>
                {row.domains.join(', ') || 'any host'}
                <br />
                <small>{row.matches}</small>
              </td>
              <td>{row.answer || row.pools.join(', ')}</td>
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
          ))}
        </tbody>
      </table>
    </Scroll>
  </details>
);

export const Place = ({ at }: { readonly at: string }) =>
  at === '' ? null : <small class="place"> {at}</small>;
