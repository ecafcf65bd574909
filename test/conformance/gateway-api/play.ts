/** Plays the requests of a test and says, for each, in what it was not as the suite demands. */
import { Agent } from 'node:http';
import { inParallel } from '../../support/engines.ts';
import { eventually } from '../../support/eventually.ts';
import type { Placed } from './base.ts';
import type { Echoes, Report } from './echo.ts';
import { type Answer, HOST, send, type Where } from './send.ts';
import type { Ask, Values } from './words.ts';

/** Requests that shares are counted in; a share may be off by this much (over four standard deviations). */
const MANY = 1_000;
const TOLERANCE = 0.07;

export interface World {
  readonly echoes: Echoes;
  readonly ca: string;
  readonly shown: Where['shown'];
}

/** @returns one text for each request that failed. */
export async function play(asks: readonly Ask[], placed: Placed, world: World, stage: number) {
  const faults: string[] = [];
  for (const [i, ask] of asks.entries()) {
    const host = placed.addresses.get(ask.gateway ?? 'own');
    if (host === undefined) throw new Error(`no Gateway ${ask.gateway ?? 'own'} in the manifests`);
    const port = ask.port ?? (ask.tls === undefined ? 80 : 443);
    const where = { host, port: port < 1024 ? port + 10_000 : port, ca: world.ca, shown: world.shown };
    const found = await one(ask, `${placed.id}-${stage}-${i}`, where, world).catch((error) => [
      String(error),
    ]);
    const of = [ask.tls, ask.host].filter((name) => name !== undefined);
    if (found.length > 0) faults.push(`${[...of, ask.path].join(' ')}: ${found.join('; ')}`);
  }
  return faults;
}

async function one(ask: Ask, id: string, where: Where, world: World): Promise<string[]> {
  if (ask.shares !== undefined || (ask.copies !== undefined && !Array.isArray(ask.copies)))
    return await counted(ask, id, where, world);
  if (ask.gets === 'closed') {
    const answer = await send(ask, id, where).catch(() => undefined);
    return answer === undefined ? [] : [`status ${answer.status} instead of no answer`];
  }
  const answer = await send(ask, id, where);
  const copies = await copied(ask, id, world.echoes);
  return [...compare(ask, answer), ...copies];
}

/** Copies come a moment later than the answer. They are like what the backend itself receives. */
async function copied({ copies = [], arrives }: Ask, id: string, echoes: Echoes): Promise<string[]> {
  const faults: string[] = [];
  for (const name of copies as readonly string[]) {
    const last = await eventually(
      `a copy at ${name}`,
      () => {
        const { last } = echoes.got(name, id);
        if (last === undefined) throw new Error('none');
        return last;
      },
      5_000,
    ).catch(() => undefined);
    faults.push(...(last === undefined ? [`no copy at ${name}`] : arrival(arrives ?? {}, last)));
  }
  return faults;
}

async function counted(ask: Ask, id: string, where: Where, { echoes }: World): Promise<string[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const counts = new Map<string, number>();
  const faults = new Set<string>();
  await inParallel(Array.from({ length: MANY }), 8, async () => {
    const answer = await send(ask, id, where, ask.fresh === true ? undefined : agent);
    const name = String(answer.backend);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    for (const fault of compare(ask, answer)) faults.add(fault);
  });
  agent.destroy();
  const off = (name: string, count: number, share: number): string[] =>
    Math.abs(count / MANY - share) <= (share === 0 ? 0 : TOLERANCE)
      ? []
      : [`${name} got ${count} of ${MANY} requests, not ${share * 100} %`];
  for (const [name, share] of Object.entries(ask.shares ?? {}))
    for (const fault of off(name, counts.get(name) ?? 0, share)) faults.add(fault);
  for (const [name, share] of Object.entries((ask.copies ?? {}) as Readonly<Record<string, number>>)) {
    const settled = await settledCount(() => echoes.got(name, id).count);
    for (const fault of off(name, settled, share)) faults.add(fault);
  }
  return [...faults];
}

/** A number that no longer grows. */
async function settledCount(read: () => number): Promise<number> {
  let before = -1;
  return await eventually('the last copy', () => {
    const now = read();
    if (now !== before) {
      before = now;
      throw new Error(`${now}`);
    }
    return now;
  });
}

function compare(ask: Ask, answer: Answer): string[] {
  const { gets, arrives, answers = {}, leads } = ask;
  const good = typeof gets === 'string' ? [ask.protocol === 'grpc' ? 0 : 200] : [gets].flat();
  if (!good.includes(answer.status)) return [`status ${answer.status} instead of ${good.join(' or ')}`];
  const faults = [
    ...named('answer', answers.headers ?? {}, (name) => answer.headers[name]?.join(',')),
    ...absent('answer', answers.absent ?? [], (name) => answer.headers[name]?.join(',')),
    ...(leads === undefined ? [] : direction(ask, leads, answer.headers.location?.[0] ?? '')),
  ];
  if (typeof gets !== 'string') return faults;
  if (gets !== 'any' && answer.backend !== gets)
    faults.push(`answered by ${answer.backend} instead of ${gets}`);
  // A backend over TLS tells in headers how it was called, and nothing else.
  if (ask.protocol === 'udp') return faults;
  if (answer.report === undefined)
    return 'x-sni' in answer.headers ? faults : [...faults, 'no report of a backend'];
  const { path, method = 'GET', host, headers = {}, told } = ask;
  if (told !== undefined && answer.report.headers[told.toLowerCase()] !== answer.backend)
    faults.push(`answered by ${answer.backend}, told ${answer.report.headers[told.toLowerCase()]}`);
  const sent = {
    path,
    ...(host === undefined ? {} : { host }),
    ...(arrives === undefined ? { headers } : {}),
    ...arrives,
  };
  if (ask.protocol !== 'grpc' && answer.report.method !== method)
    faults.push(`method ${answer.report.method} at the backend instead of ${method}`);
  return [...faults, ...arrival(sent, answer.report)];
}

function arrival(wanted: NonNullable<Ask['arrives']>, report: Report): string[] {
  const { path, host, version, headers = {}, absent: away = [] } = wanted;
  const differ = Object.entries({ path, host, version }).flatMap(([field, value]) =>
    value === undefined || report[field as 'path'] === value
      ? []
      : [`${field} ${report[field as 'path']} at the backend instead of ${value}`],
  );
  const read = (name: string): string | undefined => report.headers[name];
  return [...differ, ...named('request', headers, read), ...absent('request', away, read)];
}

/** Blanks after commas do not count. */
const plain = (text: string): string => text.replaceAll(', ', ',');
const named = (of: string, wanted: Values, read: (name: string) => string | undefined): string[] =>
  Object.entries(wanted).flatMap(([name, values]) => {
    const got = read(name.toLowerCase());
    return got !== undefined && [values].flat().map(plain).includes(plain(got))
      ? []
      : [`${of} header ${name} ${got} instead of ${[values].flat().join(' or ')}`];
  });
const absent = (of: string, names: readonly string[], read: (name: string) => string | undefined) =>
  names.flatMap((name) => (read(name.toLowerCase()) === undefined ? [] : [`${of} header ${name} is there`]));

/** What is not named stays as it was asked for. */
function direction(ask: Ask, leads: NonNullable<Ask['leads']>, location: string): string[] {
  if (!URL.canParse(location)) return [`location ${location} is no URL`];
  const url = new URL(location);
  const got = { scheme: url.protocol.slice(0, -1), host: url.hostname, port: url.port, path: url.pathname };
  const asked = { scheme: ask.tls === undefined ? 'http' : 'https', host: ask.host ?? HOST, path: ask.path };
  return Object.entries({ ...asked, port: '', ...leads }).flatMap(([part, value]) =>
    got[part as 'path'] === value
      ? []
      : [`redirected to ${location}, but ${part} is to be ${value || 'none'}`],
  );
}
