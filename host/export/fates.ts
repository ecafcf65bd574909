/**
 * What becomes of each policy that holds somewhere: by the pools that it balances. What an engine does with
 * one of them is said by the engine's own part; here the answers are collected.
 */
import { groupBy } from '../basics/collections.ts';
import { type Diagnostic, resourceTitle } from '../diagnostics/diagnostic.ts';
import type { From, Plan, Pool } from '../plan/types.ts';
import type { Fate } from './exported.ts';

export type PoolFate = Omit<Fate, 'policy'>;

export const fate = (policy: From, parts: Partial<PoolFate>): Fate => ({
  policy,
  native: [],
  ours: [],
  lost: [],
  ...parts,
});

/** The API's word for each balancer. */
export const BALANCERS: Readonly<Record<Pool['balancer']['kind'], string>> = {
  'round-robin': 'RoundRobin',
  random: 'Random',
  'least-request': 'LeastRequest',
  maglev: 'ConsistentHash',
  utilization: 'BackendUtilization',
};

export function fatesOf({ pools }: Plan, fateOf: (pool: Pool) => PoolFate): readonly Fate[] {
  const found = pools.flatMap((pool) =>
    pool.policy === undefined ? [] : [{ policy: pool.policy, ...fateOf(pool) }],
  );
  return joined(found);
}

/** Each policy once. */
export const joined = (found: readonly Fate[]): readonly Fate[] =>
  [...groupBy(found, ({ policy }) => resourceTitle(policy)).values()].map((fates) => {
    const all = (part: keyof PoolFate) => [...new Set(fates.flatMap((one) => one[part] ?? []))];
    return {
      policy: fates[0]!.policy,
      native: all('native'),
      ours: all('ours'),
      lost: all('lost'),
      open: all('open'),
    };
  });

/** A warning for each thing that is lost, an error if nothing may be, or if it protects. */
export const lostDiagnostics = (
  fates: readonly Fate[],
  engine: string,
  strict: boolean,
): readonly Diagnostic[] =>
  fates.flatMap(({ policy, lost, open = [] }) => {
    const tell = (text: string, severity: Diagnostic['severity'], hint: string): Diagnostic => ({
      code: 'export-lost',
      severity,
      message: `${resourceTitle(policy)} loses on ${engine}: ${text}.`,
      at: policy.at,
      resource: resourceTitle(policy),
      rule: 'docs/EXPORT.md says which engine can do what.',
      hint,
    });
    return [
      ...open.map((text) => tell(text, 'error', OPEN_HINT)),
      ...lost.map((text) => tell(text, strict ? 'error' : 'warning', LOST_HINT)),
    ];
  });
const OPEN_HINT =
  'Leave it out of what is exported once the engine does it in its own way, or serve it with `loadstar run` or `serve`.';
const LOST_HINT =
  'Go without it there, or serve this route with `loadstar run`, `serve` or `export --to envoy-files`.';

/** As docs/EXPORT.md has them. */
const PART_TITLES = { native: 'own', ours: 'added', lost: 'lost' } as const;

/** Lines of a comment, which say it to whoever applies the objects. */
export function fateLines(fates: readonly Fate[]): string[] {
  if (fates.length === 0) return ['No BackendTrafficPolicy holds anywhere.'];
  return fates.flatMap(({ policy, ...parts }) => [
    resourceTitle(policy),
    ...Object.entries(PART_TITLES).flatMap(([part, title]) =>
      parts[part as keyof typeof PART_TITLES].map(
        (text, i) => `  ${(i === 0 ? title : '').padEnd(6)}  ${text}`,
      ),
    ),
  ]);
}
