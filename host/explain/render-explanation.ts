/** An explanation as text for a terminal: a line for each step from the request to the host. */
import { shortPlace } from '../diagnostics/diagnostic.ts';
import type { Choice, Explanation, KeyChoice, PoolExplanation } from './explanation.ts';

const LABEL = 11;
const line = (label: string, text: string): string => `${label.padEnd(LABEL)} ${text}`.trimEnd();
const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;

export function renderExplanation(explanation: Explanation): string {
  const { answer, listener, virtualHost, route, policy, handling } = explanation;
  const lines = renderAsked(explanation);
  if (listener !== undefined)
    lines.push(line('listener', `${listener.name} on ${listener.address}:${listener.port}`));
  if (listener?.passes !== undefined) lines.push(line('', PASSES[listener.passes]));
  if (listener?.certificates !== undefined)
    lines.push(
      line(
        '',
        `TLS for ${listener.serverName ?? 'any name'}, certificate ${listener.certificates.join(', ')}`,
      ),
    );
  if (listener?.proof !== undefined) lines.push(line('', listener.proof));
  if (listener?.clients !== undefined) {
    const { kind, namespace, name, at } = listener.clients;
    const where = at === undefined ? '' : `, ${shortPlace(at)}`;
    lines.push(line('clients', `as ${kind} ${namespace}/${name} has it${where}`));
  }
  if (explanation.request?.client !== undefined)
    lines.push(line('client', `${explanation.request.client}, found by the listener`));
  if (virtualHost !== undefined)
    lines.push(line('domain', `${virtualHost.domain} of virtual host ${virtualHost.name}`));
  if (route !== undefined) {
    lines.push(line('route', route.name), line('', route.matches));
    const at = route.from.at;
    if (at !== undefined)
      lines.push(
        line('', `${route.from.kind} ${route.from.namespace}/${route.from.name}, ${shortPlace(at)}`),
      );
  }
  if (policy !== undefined) {
    const { holds, why } = policy;
    const at = holds?.at === undefined ? '' : `, ${shortPlace(holds.at)}`;
    lines.push(
      line('policy', holds === undefined ? 'none' : `${holds.kind} ${holds.namespace}/${holds.name}${at}`),
    );
    for (const reason of why) lines.push(line('', reason));
  }
  for (const [i, part] of handling.entries()) lines.push(line(i === 0 ? 'handling' : '', part));
  if (answer !== undefined)
    lines.push(line('answer', `${answer.status === 0 ? 'none' : answer.status}: ${answer.because}`));
  for (const { route: name, because } of explanation.near ?? []) {
    lines.push(line('not', name), ...because.map((reason) => line('', reason)));
  }
  for (const pool of explanation.pools) lines.push(...renderPool(pool, explanation.pools.length > 1));
  for (const warning of explanation.warnings) lines.push(line('warning', warning));
  return `${lines.join('\n')}\n`;
}

function renderAsked({ request, connection }: Explanation): string[] {
  if (connection !== undefined) {
    const { scheme, serverName, sourceIp } = connection;
    const name = serverName === undefined ? '' : ` for ${serverName === '' ? 'no name' : serverName}`;
    return [line('connection', `${scheme}${name} from ${sourceIp}`)];
  }
  if (request === undefined) return [];
  const { method, scheme = 'http', host, path, sourceIp, normalizedPath } = request;
  return [
    line('request', `${method} ${scheme}://${host}${path} from ${sourceIp}`),
    ...(normalizedPath === undefined ? [] : [line('path', `read as ${normalizedPath}`)]),
  ];
}

const PASSES = {
  tcp: 'connections are passed on',
  udp: 'datagrams are passed on',
  'tls-passthrough': 'connections are passed on, TLS ends at the backend',
  'tls-terminate': 'TLS ends here, what is in it is passed on',
};

function renderPool(pool: PoolExplanation, split: boolean): string[] {
  const share = split
    ? `, ${percent(pool.share)} of the ${pool.connections ? 'connections' : 'requests'}`
    : '';
  const chosen = pool.chosen === undefined ? '' : pool.chosen ? ', this one among them' : ', not this one';
  const lines = ['', line('pool', `${pool.pool}${share}${chosen}`)];
  if (pool.liveCluster !== undefined) lines.push(line('', `under run, its cluster is ${pool.liveCluster}`));
  if (pool.hosts.length > 0) {
    lines.push(line('hosts', pool.hosts.map((host) => `${host.host} (${percent(host.share)})`).join(', ')));
  }
  if (pool.standby.length > 0) lines.push(line('standby', `${pool.standby.join(', ')} (priority 1)`));
  for (const [i, { backend, how }] of pool.tls.entries())
    lines.push(line(i === 0 ? 'called' : '', backend === undefined ? how : `${backend}: ${how}`));
  if (pool.sentAs !== undefined) lines.push(line('sent as', sentAsText(pool.sentAs)));
  if (pool.proxyProtocol !== undefined)
    lines.push(
      line('proxy', `connections begin with a PROXY header of version ${pool.proxyProtocol.slice(1)}`),
    );
  if (pool.admission !== undefined) lines.push(line('admission', pool.admission));
  lines.push(...renderChoice(pool.choice));
  if (pool.slowStartMs !== undefined)
    lines.push(line('slow start', `a new host gets its full share after ${pool.slowStartMs / 1000} s`));
  return lines;
}

function renderChoice(choice: Choice): string[] {
  switch (choice.kind) {
    case 'unknown-hosts':
      return [line('balancer', choice.how)];
    case 'named':
      return [line('balancer', `the request names its host by ${choice.header}`), line('host', choice.host)];
    case 'session':
      return [line('balancer', `the session in ${choice.by} names its host`), line('host', choice.host)];
    case 'balance':
      return [
        line('balancer', choice.how),
        ...(choice.utilization ?? []).map(({ host, utilization, share }, i) =>
          line(
            i === 0 ? 'at' : '',
            `${host} ${utilization === undefined ? 'no report, the median' : `utilization ${utilization}`}: ${percent(share)}`,
          ),
        ),
      ];
    case 'key':
      return renderKey(choice);
  }
}

function renderLoads(loaded: NonNullable<KeyChoice['sticky']>['loaded'], home: string | undefined): string[] {
  if (loaded === undefined) return [];
  const after = `after ${loaded.seconds} s of such reports, the others idle`;
  const shed = loaded.shed.map(({ host, share }) => `${host} gives away ${percent(share)} of its keys`);
  const lines = [line('', `${after}: ${shed.length === 0 ? 'no host gives keys away' : shed.join(', ')}`)];
  if (loaded.host !== undefined)
    lines.push(line('', loaded.host === home ? 'this key stays' : `this key goes to ${loaded.host}`));
  return lines;
}

function renderKey(choice: KeyChoice): string[] {
  const { by, tableSize, key, pick, unpicked, retries, setCookie, down, sticky } = choice;
  const who =
    by === 'envoy'
      ? "picked by Envoy's own Maglev"
      : sticky === undefined || sticky.ignored
        ? "picked by the filter; Envoy's own table has the same slots"
        : "picked by Envoy's own Maglev; the filter changes the key of a request that leaves home";
  const lines = [line('balancer', `Maglev of ${tableSize} slots, ${who}`)];
  for (const [i, part] of key.entries()) {
    const what =
      part.from === 'absent'
        ? 'absent'
        : part.from === 'unknown'
          ? `not known: ${part.because}`
          : `"${part.value}" (bytes ${part.bytes})${part.from === 'generated' ? ', generated' : ''}${key.length > 1 ? `, hash ${part.hash}` : ''}`;
    lines.push(line(i === 0 ? 'key' : '', `${part.part}: ${what}`));
  }
  if (pick === undefined) lines.push(line('host', unpicked ?? 'not known'));
  else {
    lines.push(
      line('hash', pick.hash),
      line('slot', `${pick.slot} of ${tableSize}`),
      line('host', pick.host),
    );
    if (key.some(({ from }) => from === 'generated')) {
      lines.push(line('', 'an example: the cookie is made of the addresses and ports of the connection'));
    }
    const order = pick.next
      .map(
        ({ host, attempt }) =>
          `${host} (${sticky === undefined || sticky.ignored ? 'attempt' : 'changed key'} ${attempt})`,
      )
      .join(', ');
    lines.push(line('then', order === '' ? 'there is no other host' : order));
  }
  if (sticky?.ignored) {
    lines.push(line('sticky', 'without effect: the filter does not pick here, so the key stays on its host'));
  } else if (sticky !== undefined) {
    const bounds = `utilization ${sticky.utilizationTarget} and ${sticky.loadBound} times the mean in flight`;
    lines.push(
      line('sticky', `at home up to ${bounds}; above, at the next of at most ${sticky.maxHops} hosts`),
    );
    lines.push(...renderLoads(sticky.loaded, pick?.host));
  }
  if (retries !== undefined) lines.push(line('retries', retries.join(', ')));
  for (const cookie of setCookie) lines.push(line('set-cookie', cookie));
  if (down !== undefined) {
    lines.push(line('with down', down.hosts.length === 0 ? 'none of its hosts' : down.hosts.join(', ')));
    lines.push(line('', down.host === undefined ? down.why : `${down.host}: ${down.why}`));
  }
  return lines;
}

const sentAsText = ({ host, path }: NonNullable<PoolExplanation['sentAs']>): string =>
  `${path} of ${host ?? 'the name of its backend'}`;
