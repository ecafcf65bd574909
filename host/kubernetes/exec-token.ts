/**
 * Tokens from a program that a kubeconfig names (client.authentication.k8s.io, as cloud providers have one):
 * asked when there is none, when the last one ends, and when it was refused.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { RunError } from '../run/errors.ts';
import { asList, asObject, asText } from '../schema/words/findings.ts';

const run = promisify(execFile);
const TIMEOUT_MS = 30_000;
const MAX_BYTES = 1024 * 1024;
/** Before its end, so that no request comes too late. */
const EARLIER_MS = 10_000;

interface Credential {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

export function tokenByProgram(
  file: string,
  program: Readonly<Record<string, unknown>>,
): (anew: boolean) => Promise<string> {
  const command = asText(program.command) ?? '';
  const apiVersion = asText(program.apiVersion) ?? '';
  if (program.provideClusterInfo === true)
    throw new RunError(`${file}: exec.provideClusterInfo is not supported; use a token or a certificate`);
  const args = asList(program.args).map(String);
  const extra = asList(program.env).map((one) => asObject(one) ?? {});
  const env = {
    ...process.env,
    ...Object.fromEntries(extra.map(({ name, value }) => [String(name), String(value)])),
    KUBERNETES_EXEC_INFO: JSON.stringify({
      apiVersion,
      kind: 'ExecCredential',
      spec: { interactive: false },
    }),
  };
  let last: Credential | undefined;
  let asking: Promise<Credential> | undefined;
  const ask = async () => {
    const { stdout } = await run(command, args, { env, timeout: TIMEOUT_MS, maxBuffer: MAX_BYTES }).catch(
      (error: { readonly code?: unknown; readonly signal?: unknown }) => {
        // Its own message has the arguments, and a password may be among them.
        const how = error.signal ?? error.code ?? 'without a reason';
        throw new RunError(`${command}, which ${file} names, gives no token: it ends with ${how}`);
      },
    );
    return credential(stdout, command);
  };
  return async (anew) => {
    if (!anew && last !== undefined && last.until > Date.now()) return last.token;
    // Many kinds are asked for at once: the program runs once for all of them.
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    last = await asking;
    return last.token;
  };
}

function credential(text: string, command: string): Credential {
  let status: Readonly<Record<string, unknown>>;
  try {
    status = asObject(asObject(JSON.parse(text))?.status) ?? {};
  } catch {
    status = {};
  }
  const token = asText(status.token);
  if (token === undefined) throw new RunError(`${command} answers without a token`);
  const end = Date.parse(asText(status.expirationTimestamp) ?? '');
  return { token, until: Number.isNaN(end) ? Number.POSITIVE_INFINITY : end - EARLIER_MS };
}
