/**
 * Access as a kubeconfig describes it: its contexts, certificates in the file or beside it, tokens, programs
 * that give tokens. What would weaken it, or asks for what is not read here, is refused.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { RunError, reasonOf } from '../run/errors.ts';
import { asList, asObject, asText } from '../schema/words/findings.ts';
import { type Access, serverUrl } from './access.ts';
import { tokenByProgram } from './exec-token.ts';

type Fields = Readonly<Record<string, unknown>>;

/** @param context Else the file's own `current-context`. @throws {RunError} */
export function readKubeconfig(file: string, context?: string): Access {
  const config = asObject(attempt(file, () => parse(readFileSync(file, 'utf8')))) ?? {};
  const chosen = context ?? asText(config['current-context']) ?? '';
  const found = named(config.contexts, chosen, 'context');
  if (found === undefined)
    throw new RunError(
      `${file} has no context ${JSON.stringify(chosen)}; it has ${namesIn(config.contexts)}. --context chooses one`,
    );
  const cluster = partOf(file, config.clusters, found.cluster, 'cluster');
  const user = found.user === undefined ? {} : partOf(file, config.users, found.user, 'user');
  refuse(file, cluster, ['insecure-skip-tls-verify', 'proxy-url']);
  refuse(file, user, ['auth-provider', 'username', 'password', 'as', 'as-uid', 'as-groups']);
  const servername = asText(cluster['tls-server-name']);
  return {
    server: serverUrl(asText(cluster.server) ?? '', file),
    tls: {
      ...pem(file, cluster, 'certificate-authority', 'ca'),
      ...pem(file, user, 'client-certificate', 'cert'),
      ...pem(file, user, 'client-key', 'key'),
      ...(servername === undefined ? {} : { servername }),
    },
    token: tokenOf(file, user),
    namespace: asText(found.namespace) ?? 'default',
  };
}

/** The member of a list by its name: what stands under `key` there. */
function named(list: unknown, name: string, key: string): Fields | undefined {
  const entry = asList(list)
    .map(asObject)
    .find((one) => one?.name === name);
  return entry === undefined ? undefined : (asObject(entry[key]) ?? {});
}

const namesIn = (list: unknown): string =>
  asList(list)
    .map((one) => asText(asObject(one)?.name) ?? '')
    .join(', ') || 'none';

function partOf(file: string, list: unknown, name: unknown, key: string): Fields {
  const found = named(list, asText(name) ?? '', key);
  if (found === undefined) throw new RunError(`${file} has no ${key} ${JSON.stringify(name ?? '')}`);
  return found;
}

function refuse(file: string, part: Fields, fields: readonly string[]): void {
  const used = fields.find((field) => ![undefined, null, false, ''].includes(part[field] as never));
  if (used !== undefined)
    throw new RunError(`${file}: ${used} is not supported; use a certificate or a token`);
}

/** In the file as base64 (`…-data`), or in one beside it. */
function pem(file: string, part: Fields, field: string, as: 'ca' | 'cert' | 'key') {
  const data = asText(part[`${field}-data`]);
  if (data !== undefined && data !== '') return { [as]: Buffer.from(data, 'base64') };
  const path = asText(part[field]);
  return path === undefined || path === '' ? {} : { [as]: besides(file, path) };
}

const besides = (file: string, path: string): string =>
  attempt(file, () => readFileSync(resolve(dirname(file), path), 'utf8'));

function tokenOf(file: string, user: Fields): Access['token'] {
  const path = asText(user.tokenFile);
  if (path !== undefined && path !== '') return async () => besides(file, path).trim();
  const token = asText(user.token);
  if (token !== undefined && token !== '') return async () => token;
  const program = asObject(user.exec);
  return program === undefined ? async () => undefined : tokenByProgram(file, program);
}

function attempt<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new RunError(`the kubeconfig ${file} cannot be read: ${reasonOf(error)}`);
  }
}
