/** What a test of faults looks at: Envoy's counters, and what an answer tells of our own. */
import type { Backend } from '../../demo/fakes/backend.ts';
import type { Response } from '../../demo/fakes/http1.ts';
import type { Envoy } from './envoy.ts';

/** The sum of all statistics whose names match. */
export async function count(envoy: Envoy, pattern: string): Promise<number> {
  return Object.values(await envoy.admin.stats(pattern)).reduce((sum, n) => sum + n, 0);
}

/** Headers of ours, and values that tell a backend's address. */
export function internal(backends: readonly Backend[], response: Response): string[] {
  const shown = [...Object.entries(response.headers), ...Object.entries(response.trailers)];
  const secrets = backends.flatMap(({ host }) => [
    host,
    Buffer.from(host).toString('base64').replace(/=+$/, ''),
  ]);
  return shown.flatMap(([name, values]) =>
    /^(x-loadstar|endpoint-load-metrics)/.test(name) || values.some((v) => secrets.some((s) => v.includes(s)))
      ? [`${name}: ${values}`]
      : [],
  );
}
