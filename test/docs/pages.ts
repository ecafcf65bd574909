/**
 * docs/API.md from the schemas and docs/DIAGNOSTICS.md from the list of codes, so that both are true.
 * scripts/docs.mjs writes them, with the drawing; pages.test.ts compares the files with this.
 */
import type { z } from 'zod';
import { codes } from '../../host/diagnostics/codes.ts';
import { POLICY_DEFAULTS } from '../../host/model/policy-defaults.ts';
import { kinds } from '../../host/schema/index.ts';
import { otherKinds } from '../../host/schema/other-kinds.ts';
import { apiVersionOf, type Kind } from '../../host/schema/words/kind.ts';
import { conformancePage } from '../conformance/gateway-api/page.ts';
import { gatewayApiPage } from '../kubernetes/gateway-api/page.ts';
import { coveragePage } from './coverage.ts';
import { drawing } from './drawing.ts';
import { type Field, fieldsOfKind } from './fields.ts';

const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;
const list = (fields: readonly Field[]): string => fields.map(({ path }) => `\`${path}\``).join(', ');

/** Of a field of the policy: from the one table that readers and merges use. */
function defaultOf(path: string): unknown {
  return path
    .split('.')
    .slice(1)
    .reduce<unknown>(
      (table, name) => (table as Record<string, unknown> | undefined)?.[name],
      POLICY_DEFAULTS,
    );
}

function kindSection(kind: Kind, shapes: Map<z.ZodType, string>): string {
  const all = fieldsOfKind(kind, shapes);
  const of = (fate: Field['fate']) => all.filter((field) => field.fate === fate);
  const versions = kind.versions.length > 1 ? ` (also ${kind.versions.slice(1).join(', ')})` : '';
  const out = [`## ${kind.kind}`, '', `\`${apiVersionOf(kind)}\`${versions}`, ''];
  const translated = of('translated');
  if (translated.length > 0) {
    out.push(row('field', 'value'), row('---', '---'));
    for (const { path, rule } of translated) {
      const usual = kind.kind === 'BackendTrafficPolicy' ? defaultOf(path) : undefined;
      const words = usual === undefined ? rule : `${rule}; default ${usual}`;
      out.push(row(`\`${path}\``, escaped(words)));
    }
    out.push('');
  }
  for (const [title, fields] of [
    ['Named in a warning', of('warned')],
    ['Refused', of('refused')],
    ['Ignored', of('ignored')],
  ] as const) {
    if (fields.length > 0) out.push(`${title}: ${list(fields)}.`, '');
  }
  return out.join('\n');
}

function otherSection(): string {
  const named = otherKinds.filter(({ open }) => open === undefined);
  const closed = otherKinds.filter(({ open }) => open !== undefined);
  const list = (some: typeof otherKinds) =>
    some.map(({ group, kind }) => `\`${kind}\` (${group})`).join(', ');
  return `## Other kinds

Named in a warning, without effect: ${list(named)}.

Refused where what they target is served, because they restrict or protect: ${list(closed)}.

A route, Gateway, Service or Backend of the input that one of them targets is an error; with \`--keep-going\` the
requests concerned answer 500. Any other kind has no meaning here, which a notice says.
`;
}

export function apiPage(): string {
  const seen = new Map<z.ZodType, string>();
  return `# The API

What Loadstar reads, kind by kind. \`metadata\` has its usual fields.

- **A field in a table** is translated.
- **Named in a warning**: the field exists in the API and has no effect here. With \`--strict\` it is an error.
- **Refused**: the field exists in the API, is not supported, and would change too much to be left out.
- **Ignored**: the field has no meaning here, and there is no message about it.
- **Any other name** is a mistake, and the message suggests the nearest name that exists.

Rules about several fields together are not in the tables. The message says so when one is broken: see
[DIAGNOSTICS.md](DIAGNOSTICS.md).

${kinds.map((kind) => kindSection(kind, seen)).join('\n')}
${otherSection()}`.replace(/\n+$/, '\n');
}

export function diagnosticsPage(): string {
  return `# Diagnostics

Each message of \`loadstar check\` and \`translate\` ends with its code in brackets; \`--format json\` has it in the
field \`code\`. Codes do not change from version to version.

- **error**: the input is refused.
- **warning**: the input is valid, but may not do what you expect.
- **notice**: nothing is wrong; it is worth knowing.

${row('code', 'meaning')}
${row('---', '---')}
${Object.entries(codes)
  .map(([code, meaning]) => row(`\`${code}\``, escaped(meaning)))
  .join('\n')}
`;
}

export const pages: Readonly<Record<string, () => string>> = {
  'docs/API.md': apiPage,
  'docs/CONFORMANCE.md': conformancePage,
  'docs/GATEWAY-API.md': gatewayApiPage,
  'docs/COVERAGE.md': coveragePage,
  'docs/DIAGNOSTICS.md': diagnosticsPage,
  'docs/request.svg': drawing,
};
