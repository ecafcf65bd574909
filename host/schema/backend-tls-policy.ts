/**
 * BackendTLSPolicy (Gateway API v1; v1alpha3 is the same): Services and Backends that are called over TLS,
 * and how their certificates are verified. One that is refused closes its targets (host/schema/index.ts).
 */
import type { Path } from '../basics/path.ts';
import { ENVOY_GATEWAY_GROUP, GATEWAY_GROUP } from '../model/groups.ts';
import { checkTrust, trustFields } from './words/authorities.ts';
import { check } from './words/check.ts';
import { asList, asObject, type Report } from './words/findings.ts';
import type { Kind } from './words/kind.ts';
import { envelope, toMetadata } from './words/metadata.ts';
import { group, hostname, kindName, objectName, preciseHostname, refName } from './words/names.ts';
import { checkUnion, eachDuplicate } from './words/rules.ts';
import { list, object, oneOf, refused, text } from './words/shape.ts';

const schema = object({
  ...envelope,
  spec: object({
    targetRefs: list(
      object({
        group: group(),
        kind: kindName(),
        name: refName(),
        sectionName: objectName().optional(),
      }),
      1,
      16,
    ),
    validation: object({
      ...trustFields,
      hostname: preciseHostname(),
      subjectAltNames: list(
        object({
          type: oneOf(['Hostname', 'URI']),
          hostname: hostname().optional(),
          uri: text({
            min: 1,
            max: 253,
            pattern: /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^\s]+$/,
            rule: 'a URI with its scheme, as spiffe://example.com/shop',
          }).optional(),
        }),
        0,
        5,
      ).optional(),
    }),
    options: refused('an option may ask for more than what is verified here'),
  }),
});

export const backendTlsPolicy: Kind = {
  group: GATEWAY_GROUP,
  kind: 'BackendTLSPolicy',
  versions: ['v1', 'v1alpha3'],
  clusterScoped: false,
  schema,
  read(document, report) {
    checkRules(document.value.spec, report);
    const data = check(schema, document.value, report);
    if (data === undefined || report.refused) return undefined;
    const { targetRefs, validation } = data.spec;
    const { caCertificateRefs = [], wellKnownCACertificates, subjectAltNames = [] } = validation;
    return {
      kind: 'BackendTLSPolicy',
      apiVersion: String(document.value.apiVersion),
      metadata: toMetadata(data.metadata, false, report),
      spec: {
        targetRefs,
        validation: {
          caCertificateRefs,
          system: wellKnownCACertificates !== undefined,
          hostname: validation.hostname,
          subjectAltNames: subjectAltNames.map(({ type, hostname: name = '', uri = '' }) =>
            type === 'Hostname' ? { type: 'DNS', value: name } : { type: 'URI', value: uri },
          ),
        },
      },
      at: document.at,
      order: document.order,
    };
  },
};

function checkRules(raw: unknown, report: Report): void {
  const spec = asObject(raw);
  if (spec === undefined) return;
  checkTargets(asList(spec.targetRefs), report);
  const validation = asObject(spec.validation);
  if (validation === undefined) return;
  const path: Path = ['spec', 'validation'];
  const { refs, system } = checkTrust(validation, path, report);
  if (!refs && !system)
    report.error([...path, 'caCertificateRefs'], {
      code: 'field-missing',
      message: 'Neither caCertificateRefs nor wellKnownCACertificates is set: nobody would be trusted.',
      rule: 'One of caCertificateRefs and wellKnownCACertificates says whom to trust.',
      hint: 'Add caCertificateRefs: [{group: "", kind: ConfigMap, name: NAME}], or wellKnownCACertificates: System.',
    });
  for (const [i, name] of asList(validation.subjectAltNames).entries()) {
    const members = [
      { type: 'Hostname', field: 'hostname' },
      { type: 'URI', field: 'uri' },
    ];
    checkUnion(asObject(name) ?? {}, members, '', [...path, 'subjectAltNames', i], report);
  }
}

/** Services and Backends; of several for one target each names its own port. */
function checkTargets(refs: readonly unknown[], report: Report): void {
  const all = refs.map((ref) => asObject(ref) ?? {});
  const nameOf = (ref: Readonly<Record<string, unknown>>) => `${ref.group}/${ref.kind}/${ref.name}`;
  for (const [i, { group: named, kind }] of all.entries()) {
    const path = ['spec', 'targetRefs', i];
    if (typeof named !== 'string' || typeof kind !== 'string') continue;
    const right = kind === 'Backend' ? ENVOY_GATEWAY_GROUP : kind === 'Service' ? '' : undefined;
    if (right === undefined)
      report.error([...path, 'kind'], {
        code: 'target-invalid',
        message: `kind must be Service or Backend, not ${JSON.stringify(kind)}.`,
        value: kind,
        rule: 'A BackendTLSPolicy targets Services and Backends (group gateway.envoyproxy.io).',
        hint: 'Target what the routes send to.',
      });
    else if (right !== named)
      report.error([...path, 'group'], {
        code: 'target-invalid',
        message: `group must be ${JSON.stringify(right)} for kind ${kind}, not ${JSON.stringify(named)}.`,
        value: named,
        hint: `Write group: ${JSON.stringify(right)}.`,
      });
  }
  eachDuplicate(
    all,
    (ref) => `${nameOf(ref)}#${ref.sectionName ?? ''}`,
    (i, first) =>
      report.error(['spec', 'targetRefs', i], {
        code: 'field-conflict',
        message: `This is the same target as targetRefs[${first}].`,
        rule: 'A target stands once; several for one Service differ in sectionName.',
        hint: 'Remove one of the two, or give each a sectionName.',
      }),
  );
  eachDuplicate(all, nameOf, (i, first) => {
    for (const index of [first, i]) {
      const path = ['spec', 'targetRefs', index];
      if (all[index]?.sectionName !== undefined || report.hasRefused([...path, 'sectionName'])) continue;
      report.error([...path, 'sectionName'], {
        code: 'field-missing',
        message: `spec.targetRefs[${index}].sectionName is missing: another item has the same target.`,
        rule: 'Where several items have one target, each names its port by sectionName.',
        hint: 'Add sectionName, or keep one item for all ports.',
        point: path,
      });
    }
  });
}
