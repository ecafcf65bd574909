/** One pool whole: what each host gets and should get, its lines, and what would happen without a host. */
import { useEffect, useRef } from 'preact/hooks';
import { MAX_BARS, ShareBars } from './bars.tsx';
import { byLoad, HostTable, isReported } from './hosts.tsx';
import { Lines } from './lines.tsx';
import { Place } from './routes.tsx';
import { now, overview, pool } from './store.ts';
import { WhatIf } from './what-if.tsx';

export const PoolView = ({ id }: { readonly id: string }) => {
  const row = overview.value?.pools.find((one) => one.id === id);
  const heading = useRef<HTMLHeadingElement>(null);
  // It opens above the list, where the one who opened it may not be looking.
  useEffect(() => {
    if (document.activeElement !== document.body) heading.current?.focus();
  }, []);
  if (row === undefined) return <section>There is no pool {id} any more.</section>;
  const seen = new Map(now.value?.hosts.map((host) => [host.host, host]));
  const bars = row.hosts.map((host) => {
    const is = seen.get(host.host);
    const style = is?.healthy === false ? 'sick' : 'after';
    return {
      name: host.host,
      bars: [{ style, share: is?.share ?? 0, due: byLoad(row) ? undefined : (is?.due ?? host.share) }],
    };
  });
  return (
    <section class="pool" aria-labelledby="pool-title">
      <h2 id="pool-title" tabIndex={-1} ref={heading}>
        {row.label}
      </h2>
      <button
        type="button"
        class="close"
        onClick={() => {
          pool.value = '';
        }}
      >
        Close
      </button>
      <p>
        {row.balancer}
        {row.key !== '' && ` by ${row.key}`}
        {row.policy !== '' && `, ${row.policy}`}
        <Place at={row.at} />
        <br />
        <small>cluster {row.id}</small>
      </p>
      <div class="panels">
        <div>
          <h3>Share of requests</h3>
          <ShareBars
            rows={bars}
            right={90}
            label={`Share of requests of each host in the last 10 s; the table below has the same.${byLoad(row) ? '' : ' A line marks what is due.'}`}
          />
          {row.hosts.length > MAX_BARS && <p>{row.hosts.length - MAX_BARS} more hosts are in the table.</p>}
        </div>
        <div>
          <h3>Since the page was opened, 15 minutes at most</h3>
          <Lines id={id} reported={isReported(row)} />
        </div>
      </div>
      <HostTable pool={row} seen={seen} />
      {row.key !== '' && <WhatIf id={id} hosts={row.hosts.map(({ host }) => host)} />}
    </section>
  );
};
