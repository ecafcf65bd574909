/**
 * Random requests for a world: hosts, paths and headers that its routes, keys and filters look at, and odd
 * ones.
 */

import type { Backend } from '../../../demo/fakes/backend.ts';
import type { Random } from '../../fuzz/random.ts';
import { HEADERS, QUERY, VALUES, type World } from './worlds.ts';

export interface Sent {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  /** Names in any case, with repeats. */
  readonly headers: readonly (readonly [string, string])[];
  /** In 127.0.0.0/8. */
  readonly source: string;
}

export function requestFor(random: Random, { paths }: World, backends: readonly Backend[]): Sent {
  const host = random.pick([
    ...[
      'www.example.com',
      'www.example.com',
      'a.shop.example.com',
      'api.example.com',
      random.pick(['nobody.example.org', 'api.example.com']),
    ],
    ...['WWW.example.com', 'www.example.com:8080', 'www.example.com', 'www.example.com', 'www.example.com'],
  ]);
  const headers: (readonly [string, string])[] = [];
  for (let i = random.below(9); i > 0; i--) {
    const name = random.pick(['x-user', 'X-User', 'x-key', 'X-Tenant', 'cookie', ...HEADERS]);
    headers.push([name, headerValue(random, name.toLowerCase())]);
    if (random.below(4) === 0) headers.push([name, headerValue(random, name.toLowerCase())]);
  }
  if (random.below(10) === 0) headers.push(['x-target', random.pick(backends).host]);
  if (random.below(12) === 0)
    headers.push(['connection', random.pick(['keep-alive, x-user', 'keep-alive, te'])]);
  return {
    method: random.pick(['GET', 'GET', 'GET', 'POST', 'DELETE']),
    host,
    path: pathOf(random, paths) + queryOf(random),
    headers,
    source: random.pick([
      '127.0.0.1',
      `127.0.2.${1 + random.below(200)}`,
      `127.0.2.${1 + random.below(200)}`,
    ]),
  };
}

function headerValue(random: Random, name: string): string {
  if (name === 'te') return random.pick(['trailers', 'gzip', 'gzip, trailers']);
  if (name === 'cookie')
    return random.pick([`K=${random.below(50)}`, `L=${random.below(9)}; K="x${random.below(20)}"`, 'M=1']);
  if (name === 'referer') {
    const page = random.below(9);
    return `http://${page % 2 === 0 ? '' : 'user@'}example.com/${page}`;
  }
  return random.below(2) === 0 ? random.pick(VALUES) : `v${random.below(1000)}`;
}

function pathOf(random: Random, paths: readonly string[]): string {
  const path = random.pick(paths);
  switch (random.below(24)) {
    case 0:
      return `${path}/`;
    case 1:
      return `${path}//x`;
    case 2:
      return `${path}/../b`;
    case 3:
      return `${path}%2e`;
    case 4:
      return `${path}/x/y`;
    case 5:
      return `${path}/%41b`;
    case 6:
      return `${path}%2Fx`;
    case 7:
    case 8:
      return `${path}/x${random.below(50)}`;
    default:
      return path;
  }
}

function queryOf(random: Random): string {
  if (random.below(2) === 0) return '';
  const parts = Array.from({ length: 1 + random.below(3) }, () => {
    const name = random.pick([...QUERY, 'other']);
    return random.below(6) === 0
      ? name
      : `${name}=${random.pick(['1', '2', 'a', '', String(random.below(99))])}`;
  });
  return `?${parts.join('&')}`;
}
