/**
 * The demo's manifests: the documents' own from envoy/demo/manifests, with ports that are free on this
 * machine, and copies of /utilization for the other forms of a load report. Weights outlive a change of form
 * (they expire after three minutes), so each form has a route, and with it a cluster, of its own.
 */
import type { Source } from '../host/manifests/documents.ts';

import { type Issued, issue, tlsSecret } from './fakes/certificates.ts';

export interface Ports {
  /** The Gateway's port; undefined: as written. */
  readonly gateway?: number;
  /** Where the four backends listen. */
  readonly backends: number;
  /** Where their HTTP/2 twins listen. */
  readonly http2: number;
  /** Signs the certificate of an HTTPS listener in the place of the HTTP one. */
  readonly ca?: Issued;
}

/** Suffixes of /utilization that get a route of their own. */
export const forms = ['json', 'text', 'binary', 'binary-documented', 'trailers'] as const;
export type Form = (typeof forms)[number];
export const pathOf = (form: Form): string => `/utilization-${form}`;

const named = (sources: readonly Source[], name: string): Source => {
  const found = sources.find(({ file }) => file.endsWith(`/${name}`));
  if (found === undefined) throw new Error(`the demo's manifest ${name} is missing`);
  return found;
};

/** The listener with a certificate, and the Secret that it is in. */
function secured({ file, text }: Source, ca: Issued): Source {
  const shown = issue({ name: 'demo', dnsNames: ['www.example.com'], issuer: ca });
  const listener = text
    .replace('- name: http\n', '- name: https\n')
    .replace('protocol: HTTP\n', 'protocol: HTTPS\n      tls: {certificateRefs: [{name: demo}]}\n')
    .replace('port: 80', 'port: 443');
  return { file, text: `${listener}---\n${JSON.stringify(tlsSecret('demo', shown))}\n` };
}

export function demoSources(written: readonly Source[], ports: Ports): Source[] {
  const plain = named(written, 'gateway.yaml');
  const gateway = ports.ca === undefined ? plain : secured(plain, ports.ca);
  const backend = named(written, 'backend.yaml');
  const utilization = named(written, 'utilization.yaml');
  const moved = (port: number): string =>
    backend.text.replace(/(protocol: TCP\n\s+port: )\d+/, (_, before: string) => `${before}${port}`);
  const http2 = moved(ports.http2)
    .replaceAll(/name: backend\b/g, 'name: backend-http2') // service-name and the slice's own too
    .replace('targetPort: 3000', `targetPort: ${ports.http2}\n      appProtocol: kubernetes.io/h2c`);
  const copies = forms.map((form) => ({
    file: `${utilization.file} (${form})`,
    text: utilization.text
      .replaceAll('backend-utilization-', `backend-utilization-${form}-`)
      .replace('/utilization', pathOf(form))
      .replace('- name: backend\n', form === 'trailers' ? '- name: backend-http2\n' : '- name: backend\n'),
  }));
  return [
    ...written.filter((source) => source !== plain && source !== backend),
    ports.gateway === undefined
      ? gateway
      : { file: gateway.file, text: gateway.text.replace(/port: \d+/, `port: ${ports.gateway}`) },
    { file: backend.file, text: moved(ports.backends) },
    { file: `${backend.file} (http2)`, text: http2 },
    ...copies,
  ];
}
