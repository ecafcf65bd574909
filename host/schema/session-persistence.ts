/** sessionPersistence of a rule of an HTTPRoute or GRPCRoute (Gateway API, shared_types.go, GEP-1619). */
import type { Path } from '../basics/path.ts';
import type { RuleSession } from '../model/resources.ts';
import { duration, parseDuration } from './words/duration.ts';
import { asObject, type Report } from './words/findings.ts';
import { adviseHeaderName, FRAMING } from './words/header-advice.ts';
import { isToken } from './words/names.ts';
import { object, oneOf, text, untranslated } from './words/shape.ts';

export const sessionSchema = object({
  sessionName: text({
    min: 1,
    max: 128,
    accepts: isToken,
    rule: "a name of 1 to 128 letters, digits and !#$%&'*+-.^_`|~",
    code: 'name-invalid',
  }).optional(),
  absoluteTimeout: duration().optional(),
  idleTimeout: untranslated(),
  type: oneOf(['Cookie', 'Header']).optional(),
  cookieConfig: object({ lifetimeType: oneOf(['Permanent', 'Session']).optional() }).optional(),
});

/** Headers that mean something else: a token in their place would break requests or answers. */
const TAKEN: ReadonlySet<string> = new Set([
  ...FRAMING,
  ...['content-encoding', 'content-type', 'cookie', 'date', 'location', 'set-cookie'],
  // Ours: removed from what clients send, and from what they get.
  ...['x-loadstar-host', 'endpoint-load-metrics', 'endpoint-load-metrics-bin'],
]);
/** Envoy counts whole seconds; with none of them the cookie would live until the browser is closed. */
const SECOND_MS = 1000;

export function checkSession(raw: unknown, path: Path, report: Report): void {
  const session = asObject(raw);
  if (session === undefined) return;
  const { sessionName, absoluteTimeout, type = 'Cookie', cookieConfig } = session;
  if (type === 'Cookie') adviseCookieName(sessionName, [...path, 'sessionName'], report);
  if (type === 'Header') checkHeader(sessionName, cookieConfig, path, report);
  const permanent = type === 'Cookie' && asObject(cookieConfig)?.lifetimeType === 'Permanent';
  const timeout = parseDuration(absoluteTimeout);
  const at = [...path, 'absoluteTimeout'];
  if (permanent && absoluteTimeout === undefined) {
    report.error(at, {
      code: 'field-missing',
      message: 'absoluteTimeout is missing.',
      rule: 'With lifetimeType: Permanent, absoluteTimeout says how long the cookie lives.',
      hint: 'Add absoluteTimeout, as 1h.',
    });
  } else if (permanent && timeout !== undefined && timeout < SECOND_MS) {
    report.error(at, {
      code: 'value-out-of-range',
      message: `absoluteTimeout must be at least 1s, not ${String(absoluteTimeout)}.`,
      value: absoluteTimeout,
      rule: 'A permanent cookie lives for whole seconds.',
    });
  } else if (!permanent && timeout !== undefined) {
    report.warning(at, {
      code: 'value-without-effect',
      message: 'absoluteTimeout has no effect here.',
      value: absoluteTimeout,
      rule: 'Only the lifetime of a permanent cookie is limited, as with Envoy Gateway.',
      hint: 'Add cookieConfig with lifetimeType: Permanent, or leave it out.',
    });
  }
}

/** Envoy's cookie has no Secure. */
function adviseCookieName(name: unknown, path: Path, report: Report): void {
  if (typeof name !== 'string' || !/^__(secure|host)-/i.test(name)) return;
  report.warning(path, {
    code: 'cookie-refused',
    message: 'A browser refuses this cookie: its prefix wants Secure, which the cookie of a session has not.',
    value: name,
    rule: 'RFC 6265bis, section 4.1.3.',
    hint: 'Use a name without the prefix.',
  });
}

function checkHeader(name: unknown, cookieConfig: unknown, path: Path, report: Report): void {
  adviseHeaderName(name, [...path, 'sessionName'], report);
  if (cookieConfig !== undefined)
    report.error([...path, 'cookieConfig'], {
      code: 'field-conflict',
      message: 'cookieConfig is not allowed with type Header.',
      rule: 'cookieConfig is for type Cookie.',
      hint: 'Remove it, or use type: Cookie.',
    });
  if (typeof name === 'string' && TAKEN.has(name.toLowerCase()))
    report.error([...path, 'sessionName'], {
      code: 'header-name-invalid',
      message: `The header ${name} cannot hold a session.`,
      value: name,
      rule: 'The token of a session needs a header of its own.',
      hint: 'Use another name, as x-session.',
    });
}

export const toSession = ({
  sessionName,
  absoluteTimeout,
  type,
  cookieConfig,
}: ReturnType<typeof sessionSchema.parse>): RuleSession => ({
  kind: type === 'Header' ? 'header' : 'cookie',
  name: sessionName,
  ttlMs: cookieConfig?.lifetimeType === 'Permanent' ? absoluteTimeout : undefined,
});
