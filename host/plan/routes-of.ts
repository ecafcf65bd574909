/** The routes of a plan, wherever they stand. */
import type { Plan, Route } from './types.ts';

/** Those of requests, in the order of listeners and virtual hosts. */
export const routesOf = ({ listeners }: Pick<Plan, 'listeners'>): readonly Route[] =>
  listeners.flatMap(({ virtualHosts }) => virtualHosts.flatMap(({ routes }) => routes));
