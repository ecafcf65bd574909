/** The page: a head that says whether all is well, and one view below it. */
import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './page.css';
import { AskView } from './ask.tsx';
import { ChangesView } from './changes.tsx';
import { FleetView } from './fleet.tsx';
import { NowView } from './now.tsx';
import { ReportsView } from './reports.tsx';
import { clock, fleet, gateway, lastSeen, now, overview, view } from './store.ts';
import { ageText } from './words.ts';

const VIEWS = {
  now: { title: 'Now', show: NowView },
  changes: { title: 'Changes', show: ChangesView },
  ask: { title: 'Ask', show: AskView },
  reports: { title: 'Load reports', show: ReportsView },
  fleet: { title: 'Fleet', show: FleetView },
};

/** Longer without a sign of life, and Loadstar is taken to be gone: two of its heartbeats. */
const GONE_MS = 11_000;

const Page = () => {
  const { show: View } = VIEWS[view.value as keyof typeof VIEWS] ?? VIEWS.now;
  const isFleet = fleet.value !== undefined;
  const shown = Object.entries(VIEWS).filter(([name]) => (isFleet ? name !== 'reports' : name !== 'fleet'));
  return (
    <>
      <header>
        <h1>Loadstar</h1>
        <nav aria-label="Views">
          {shown.map(([name, { title }]) => (
            <a
              key={name}
              href={`#view=${name}`}
              aria-current={view.value === name ? 'page' : undefined}
              onClick={(event) => {
                event.preventDefault();
                view.value = name;
              }}
            >
              {title}
            </a>
          ))}
        </nav>
        <Gateways />
        <Life />
      </header>
      <main>
        <View />
      </main>
    </>
  );
};

const Gateways = () => {
  const names = overview.value?.gateways ?? [];
  if (names.length < 2) return null;
  return (
    <label>
      Gateway{' '}
      <select
        value={gateway.value || overview.value?.gateway}
        onChange={(event) => {
          gateway.value = event.currentTarget.value;
        }}
      >
        {names.map((name) => (
          <option key={name} value={name}>
            {name || 'all'}
          </option>
        ))}
      </select>
    </label>
  );
};

const Life = () => {
  const age = clock.value - lastSeen.value;
  if (lastSeen.value === 0) return <p role="status">connecting …</p>;
  if (age > GONE_MS)
    return (
      <p role="status" class="bad">
        Loadstar is gone, last seen {ageText(age)}
      </p>
    );
  const trouble = now.value?.trouble ?? '';
  if (trouble !== '')
    return (
      <p role="status" class="bad">
        Envoy does not answer: {trouble}
      </p>
    );
  return (
    <p role="status">
      {overview.value?.program} {overview.value?.version}, live
    </p>
  );
};

render(<Page />, document.getElementById('page')!);
