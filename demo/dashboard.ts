/** `npm run demo -- --dashboard`: the page on the documents' policies, with a light load to look at. */
import { type InForce, oneEnvoy, type RunningDashboard, startDashboard } from '../host/cli/dashboard.ts';
import { connections, http1 } from './fakes/http1.ts';
import { randomFrom } from './fakes/open-load.ts';
import { isFree } from './fakes/ports.ts';
import { json } from './forms.ts';
import { type Running, root, type World } from './world.ts';

const PORT = 18_001;
/** Between two requests. */
const EVERY_MS = 20;
const KEYS = 300;
const PATHS = ['/round', '/random', '/least', '/header', '/cookie', '/source', '/utilization'];
/** What the four backends say of themselves: the third is the busiest. */
const BUSY = [0.3, 0.4, 0.9, 0.3];

/** On its usual port, or on any. */
export async function demoDashboard(envoy: Running['envoy'], inForce: InForce): Promise<RunningDashboard> {
  const port = (await isFree(PORT)) ? PORT : 0;
  const io = { home: `${root}/dist`, version: 'demo' };
  const wanted = { address: '127.0.0.1', port, token: undefined };
  return await startDashboard(
    wanted,
    io,
    oneEnvoy(envoy, () => inForce),
  );
}

/** Requests of some hundred users, one after the other, until what it returns is called. */
export function lightLoad({ backends, filter }: World): () => void {
  backends.forEach((backend, i) => {
    backend.reports.set('/utilization', { form: json, cpu: BUSY[i]! });
  });
  const agent = connections(8);
  const random = randomFrom(1);
  let count = 0;
  const timer = setInterval(() => {
    const user = Math.floor(random() ** 2 * KEYS);
    const headers: [string, string][] = [
      ['foobar', `user-${user}`],
      ['cookie', `FooBar=user-${user}`],
    ];
    const path = PATHS[count++ % PATHS.length]!;
    http1({ port: filter.port, path, headers, agent }).catch(() => {});
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    agent.destroy();
  };
}
