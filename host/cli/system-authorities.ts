/** wellKnownCACertificates: System is a file of the machine on which Envoy runs, which may be this one. */
import { existsSync } from 'node:fs';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { SYSTEM_AUTHORITIES } from '../envoy/upstream-tls.ts';
import type { Plan } from '../plan/types.ts';

export function systemAuthorities({ pools }: Plan, exists = existsSync): Diagnostic[] {
  const used = pools.some(({ localities }) => localities.some(({ tls }) => tls?.trust.kind === 'system'));
  if (!used || exists(SYSTEM_AUTHORITIES)) return [];
  return [
    {
      code: 'ca-file-missing',
      severity: 'warning',
      message: `wellKnownCACertificates: System is for ${SYSTEM_AUTHORITIES}, which this machine does not have: an Envoy here refuses the configuration.`,
      rule: 'Envoy reads the authorities of the system from this file, as under Envoy Gateway.',
      hint: 'Install ca-certificates where Envoy runs, or name the authorities by caCertificateRefs.',
    },
  ];
}
