/** A connection that is passed on: by which route, and to which host. */
import { given } from '../basics/collections.ts';
import { asRequests } from '../filter/pool-config.ts';
import type { ConnectionRoute } from '../plan/types.ts';
import { authorize } from './authorize.ts';
import { connectionScheme } from './connection.ts';
import type { ExplainInput } from './explain.ts';
import type { Explanation } from './explanation.ts';
import type { FoundConnection } from './find-route.ts';
import { explainPolicy } from './policy-why.ts';
import { explainPools } from './pools.ts';
import { type ConnectionScheme, isConnection, type Request } from './request.ts';

/** Undefined where a request is asked for. */
export function connectionOf({ url }: Request, sourceIp: string): Explanation['connection'] {
  if (url === undefined || !isConnection(url.scheme)) return undefined;
  return connected(url.scheme, url.serverName, sourceIp);
}

const connected = (scheme: ConnectionScheme, serverName: string | undefined, sourceIp: string) => ({
  scheme,
  ...(scheme === 'tls' ? { serverName: serverName ?? '' } : {}),
  sourceIp,
});

export function explainConnection(
  input: ExplainInput,
  { listener, connection }: FoundConnection,
  sourceIp: string,
): Explanation {
  const { request } = input;
  const passes = listener.connections!;
  const scheme = connectionScheme(passes);
  const route = asRequests(connection);
  const judged = given(connection.authorization, (own) => authorize(own, request, sourceIp));
  const denied = judged?.allowed === false ? `authorization: ${judged.because}` : undefined;
  const closed = connection.closed ?? denied;
  const pools = closed === undefined ? explainPools(input, listener, route, request, sourceIp).pools : [];
  const total = connection.to.reduce((sum, { weight }) => sum + weight, 0);
  const missing = connection.to.reduce((sum, { pool, weight }) => sum + (pool === null ? weight : 0), 0);
  return {
    connection: connected(scheme, request.url?.serverName, sourceIp),
    listener: {
      name: listener.name,
      address: listener.address,
      port: listener.port,
      certificates: listener.tls?.certificates,
      clients: listener.clients?.policy,
      passes: passes.kind,
    },
    route: { name: connection.name, from: connection.from, matches: matchText(connection) },
    policy: explainPolicy(connection, input.targets),
    answer: closed === undefined ? undefined : { status: 0, because: closed },
    handling: judged === undefined ? [] : [`authorization: ${judged.because}`],
    pools,
    warnings:
      missing === 0 || closed !== undefined
        ? []
        : [
            `${Math.round((missing / total) * 100)} % of the connections are closed: a backend cannot be served`,
          ],
  };
}

const matchText = ({ serverNames }: ConnectionRoute): string =>
  serverNames.length === 0 ? 'any connection' : `server name ${serverNames.join(' or ')}`;
