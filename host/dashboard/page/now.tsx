/** What is balanced how, and whether it is well: pools, and the routes that lead to them. */
import { computed, signal } from '@preact/signals';
import { countText } from '../../basics/text.ts';
import type { PoolNow, PoolRow } from '../contract.ts';
import { PoolView } from './pool.tsx';
import { Routes } from './routes.tsx';
import { now, overview, pool } from './store.ts';
import { type Column, Remark, ScrollingTable } from './table.tsx';
import { MAX_SHOWN, msText, rateText, shareText } from './words.ts';

const search = signal('');
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
        {pool.value !== '' && <PoolView key={pool.value} id={pool.value} />}
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
  const hosts = pools.reduce((sum, one) => sum + one.total, 0);
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
      {hosts > 0 && (
        <div class={sick > 0 ? 'bad' : ''}>
          <dt>hosts unhealthy</dt>
          <dd>{sick}</dd>
        </div>
      )}
    </dl>
  );
};

const COLUMNS: readonly Column[] = [
  ...['Pool', 'Balanced by'],
  ...['Requests', 'Failed', 'p50', 'p99', 'Healthy'].map((number) => ({ number })),
];

const PoolTable = ({ rows }: { readonly rows: readonly PoolRow[] }) => (
  <ScrollingTable label="Table of pools" columns={COLUMNS}>
    {rows.map((row) => (
      <PoolLine key={row.id} row={row} seen={byId.value.get(row.id)} />
    ))}
  </ScrollingTable>
);

const PoolLine = ({ row, seen }: { readonly row: PoolRow; readonly seen: PoolNow | undefined }) => {
  const isOpen = pool.value === row.id;
  const isSick = seen !== undefined && seen.healthy < seen.total;
  return (
    <>
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
      </tr>
      <Remark text={seen?.remark} columns={COLUMNS.length} />
    </>
  );
};
