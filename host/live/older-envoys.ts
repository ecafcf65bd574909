/**
 * What an older Envoy is served. It would pass over a field that it does not know, with a warning in its log:
 * a limit would be gone, a rule would take more requests. So each such part is given to it in another form,
 * and told.
 */
import { addTo, weakMemo } from '../basics/collections.ts';
import { type Encoded, encodeOne, type Snapshot } from '../xds/encode.ts';
import { asItIs, type Suit, type Suited } from '../xds/suit.ts';
import { LACKS, type Lack } from './lacks.ts';

/** @returns what suits an Envoy of any version; what was made is taken again where nothing changed. */
export function suitsOlder(): Suit {
  // As many as there are versions in the list.
  const ages = new Map<number, Suits>();
  const versions = new Map<string, Suits>();
  const suitsOf = (envoy: string): Suits => {
    const known = versions.get(envoy);
    if (known !== undefined) return known;
    const lacks = envoy === '' ? [] : LACKS.filter(({ since }) => isOlder(envoy, since));
    const suits = ages.get(lacks.length) ?? suitsWithout(lacks);
    ages.set(lacks.length, suits);
    if (versions.size >= MAX_VERSIONS) versions.clear();
    versions.set(envoy, suits);
    return suits;
  };
  return (snapshot, envoy) => suitsOf(envoy)(snapshot);
}
/** That are remembered: peers may say any. */
const MAX_VERSIONS = 64;

type Suits = (snapshot: Snapshot) => Suited;

function suitsWithout(lacks: readonly Lack[]): Suits {
  if (lacks.length === 0) return asItIs;
  const suited = {
    cds: weakMemo((one: Encoded) => suitedTo(lacks, 'cds', one)),
    rds: weakMemo((one: Encoded) => suitedTo(lacks, 'rds', one)),
  };
  return weakMemo((snapshot: Snapshot) => {
    const users = new Map<Lack, string[]>();
    const of = (kind: keyof typeof suited) =>
      new Map(
        [...snapshot.resources[kind]].map(([name, one]) => {
          const { encoded, missed } = suited[kind](one);
          for (const lack of missed) addTo(users, lack, name);
          return [name, encoded] as const;
        }),
      );
    const resources = { ...snapshot.resources, cds: of('cds'), rds: of('rds') };
    return {
      snapshot: users.size === 0 ? snapshot : { ...snapshot, resources },
      lacks: [...users].map(([lack, names]) => sentence(lack, names)),
    };
  });
}

function suitedTo(lacks: readonly Lack[], kind: 'cds' | 'rds', one: Encoded) {
  const text = JSON.stringify(one.resource);
  const missed = lacks.filter((lack) => lack.kind === kind && text.includes(lack.text));
  const resource = missed.reduce((given, lack) => lack.instead(given), one.resource);
  const name = (one.resource as { readonly name: string }).name;
  return { missed, encoded: resource === one.resource ? one : encodeOne(kind, name, resource) };
}

const sentence = ({ what, since, so }: Lack, [first, ...more]: readonly string[]): string =>
  `${what}, which ${first}${more.length > 0 ? ` and ${more.length} more` : ''} needs, come with ${since}: ${so}`;

function isOlder(a: string, b: string): boolean {
  const [x, y] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (x?.[i] ?? 0) - (y?.[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
