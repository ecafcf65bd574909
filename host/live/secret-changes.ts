/** Certificates, authorities and credentials that are renewed, in words; no value of one. */
import { injectionsOf } from '../envoy/handling/injection.ts';
import type { Plan } from '../plan/types.ts';

export const secretChanges = (before: Plan, after: Plan): string[] => [
  ...certificateChanges(before, after),
  ...authorityChanges(before, after),
  ...credentialChanges(before, after),
];

function certificateChanges(before: Plan, after: Plan): string[] {
  const old = new Map(before.certificates.map((one) => [one.name, one]));
  const now = new Set(after.certificates.map(({ name }) => name));
  const until = (ms: number) => `valid until ${new Date(ms).toISOString().slice(0, 10)}`;
  return [
    ...after.certificates.flatMap(({ name, chain, expires }) => {
      const had = old.get(name);
      if (had === undefined) return [`certificate ${name} added, ${until(expires)}`];
      return had.chain === chain ? [] : [`certificate ${name} renewed, ${until(expires)}`];
    }),
    ...before.certificates
      .filter(({ name }) => !now.has(name))
      .map(({ name }) => `certificate ${name} removed`),
  ];
}

/** Only those that go on under their name: one that comes or goes is a change of its pools. */
function authorityChanges(before: Plan, after: Plan): string[] {
  const contentOf = ({ pem, crl }: Plan['authorities'][number]): string => JSON.stringify([pem, crl]);
  const old = new Map(before.authorities.map((one) => [one.name, contentOf(one)]));
  const renewed = after.authorities.filter(
    (one) => old.has(one.name) && old.get(one.name) !== contentOf(one),
  );
  return renewed.map(({ sources }) => `authority in ${sources.join(', ')} renewed`);
}

/** Of filters that go on. */
function credentialChanges(before: Plan, after: Plan): string[] {
  const old = new Map(injectionsOf(before).map(({ name, credential }) => [name, credential]));
  return injectionsOf(after).flatMap(({ name, credential }) => {
    const had = old.get(name);
    return had === undefined || had.isSame(credential)
      ? []
      : [`credential of HTTPRouteFilter ${name} renewed`];
  });
}
