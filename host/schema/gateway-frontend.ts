/** `spec.tls.frontend` of a Gateway (Gateway API 1.4): what clients of its HTTPS listeners have to prove. */
import type { Gateway } from '../model/resources.ts';
import { asList, asObject, type Report } from './words/findings.ts';
import { group, kindName, labelName, port, refName } from './words/names.ts';
import { eachDuplicate } from './words/rules.ts';
import { list, object, oneOf } from './words/shape.ts';

const validation = object({
  caCertificateRefs: list(
    object({
      group: group(),
      kind: kindName(),
      namespace: labelName().optional(),
      name: refName(),
    }),
    1,
    16,
  ),
  mode: oneOf(['AllowValidOnly', 'AllowInsecureFallback']).optional(),
});
const tlsConfig = object({ validation: validation.optional() });

export const frontendSchema = object({
  default: tlsConfig,
  perPort: list(object({ port: port(), tls: tlsConfig }), 0, 64).optional(),
});

const PATH = ['spec', 'tls', 'frontend'];

export function checkFrontend(raw: unknown, report: Report): void {
  const frontend = asObject(raw);
  const ports = asList(frontend?.perPort).map(asObject);
  eachDuplicate(
    ports,
    (one) => (one?.port === undefined ? undefined : String(one.port)),
    (i, first, one) =>
      report.error([...PATH, 'perPort', i, 'port'], {
        code: 'field-conflict',
        message: `The port ${one?.port} is that of perPort[${first}].`,
        value: one?.port,
        rule: 'A port stands once in perPort.',
        hint: 'Remove one of the two.',
      }),
  );
  const places: (readonly [(string | number)[], unknown])[] = [
    [['default', 'validation'], asObject(frontend?.default)?.validation],
    ...ports.map((one, i): [(string | number)[], unknown] => [
      ['perPort', i, 'tls', 'validation'],
      asObject(one?.tls)?.validation,
    ]),
  ];
  for (const [path, found] of places)
    if (asObject(found)?.mode === 'AllowInsecureFallback')
      report.warning([...PATH, ...path, 'mode'], {
        code: 'tls-unverified',
        message:
          'With the mode AllowInsecureFallback any certificate is accepted, and none, too: it proves nothing.',
        value: 'AllowInsecureFallback',
        rule: 'Backends have to verify the certificate, or must not believe it.',
      });
}

type Frontend = NonNullable<Gateway['spec']['frontend']>;

export function toFrontend(checked: ReturnType<typeof frontendSchema.parse>): Frontend {
  const of = ({ validation: found }: ReturnType<typeof tlsConfig.parse>): Frontend['default'] =>
    found && { caCertificateRefs: found.caCertificateRefs, mode: found.mode ?? 'AllowValidOnly' };
  return {
    default: of(checked.default),
    perPort: (checked.perPort ?? []).map(({ port: number, tls }) => ({ port: number, validation: of(tls) })),
  };
}
