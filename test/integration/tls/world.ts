/** One Gateway with plain and TLS listeners, two routes on their own hosts, and their certificates. */
import * as build from '../../../demo/fakes/manifests.ts';
import { authority, type Issued, issue, tlsSecret } from '../../support/certificates.ts';
import { consistentHash, type Manifest, service } from '../../support/manifests.ts';

export const ca = authority();
export const NAMES = { shop: 'shop.example.com', other: 'a.example.com' };

export const newShop = (): Issued => issue({ name: 'shop', dnsNames: [NAMES.shop], issuer: ca });
export const shop = newShop();
export const wild = issue({ name: 'wild', dnsNames: ['*.example.com'], issuer: ca });

type Hosts = Parameters<typeof service>[1];
interface World {
  readonly hosts: Hosts;
  readonly ports: { readonly http: number; readonly https: number };
  readonly certificate?: Issued;
  /** Instead of both Secrets. */
  readonly secrets?: readonly Manifest[];
}

/** `shop` and `wild` share a port; `http` redirects to it. */
export function manifests({ hosts, ports, certificate = shop, secrets }: World): Manifest[] {
  const https = (name: string, hostname: string): Manifest =>
    build.listener(name, ports.https, {
      protocol: 'HTTPS',
      hostname,
      tls: { certificateRefs: [{ name }] },
    });
  const to = (sectionName: string) => ({ name: 'eg', sectionName });
  return [
    build.gatewayClass,
    build.gateway('eg', [
      build.listener('http', ports.http),
      https('shop', NAMES.shop),
      https('wild', '*.example.com'),
    ]),
    ...service('backend', hosts),
    build.httpRoute(
      'to-https',
      [{ filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }] }],
      { hostnames: [], parentRefs: [to('http')] },
    ),
    build.httpRoute('shop', [build.rule('/')], { hostnames: [], parentRefs: [to('shop'), to('wild')] }),
    build.policy(
      'keys',
      [build.target('HTTPRoute', 'shop')],
      consistentHash({ type: 'Header', header: { name: 'x-key' } }),
    ),
    ...(secrets ?? [tlsSecret('shop', certificate), tlsSecret('wild', wild)]),
  ];
}
