/** `loadstar translate`: manifests in, Envoy configuration out. */
import { join, resolve } from 'node:path';
import { emit, type Format } from '../../envoy/emit.ts';
import { rateLimitConfig } from '../../envoy/handling/service-config.ts';
import type { Plan } from '../../plan/types.ts';
import { EXIT, UsageError } from '../../run/errors.ts';
import type { Translation } from '../../translate.ts';
import type { Command } from '../command.ts';
import { load, refusedText, report, verdict } from '../input.ts';
import { envoyOptions, envoyValues, inputOptions, inputPaths } from '../options.ts';
import { refuseInput } from '../own-output.ts';
import { movedPorts } from '../own-ports.ts';
import { plain } from '../plain.ts';
import { hasFiles, hasSecrets, removeOld, type TlsFolder, writeCertificates } from '../tls-files.ts';
import { isStream, replaceOutput } from '../write-file.ts';

export const translate: Command = {
  name: 'translate',
  summary: "write Envoy's configuration for manifests",
  usage: '-f PATH… [-o FILE] [OPTIONS]',
  description: [
    "Reads Gateway API manifests (Gateway, HTTPRoute, GRPCRoute, TLSRoute, TCPRoute …, with Services, EndpointSlices, Secrets\nand ConfigMaps) and Envoy Gateway's Backends and policies, and prints a configuration that a plain Envoy starts with.\ndocs/API.md lists every kind and field.",
    'Nothing is written when anything is refused. With --keep-going it writes what is valid, as Envoy Gateway would serve it:\na resource that breaks a rule of its kind is left out, and a route whose policy or backend is not valid answers 500.\nThe exit code is still 1.',
  ],
  options: {
    ...inputOptions,
    output: {
      short: 'o',
      value: 'FILE',
      help: 'write to this file, replacing it in one step (default: standard output)',
    },
    format: {
      value: 'FORMAT',
      choices: ['yaml', 'json'],
      help: 'yaml (default) or json; json prints messages as JSON too',
    },
    stage: {
      value: 'STAGE',
      choices: ['model', 'plan', 'envoy', 'rate-limit'],
      help: 'print: resources as read, the plan, the configuration (default), or that of rate limits',
    },
    'tls-dir': {
      value: 'DIR',
      help: 'folder for the files of certificates and keys (default: FILE.tls, beside FILE of -o)',
    },
    'keep-going': { help: 'write what is valid when something is refused' },
    ...envoyOptions,
  },
  operands: 'file',
  examples: [
    'loadstar translate -f manifests/ -o envoy.yaml',
    'kustomize build . | loadstar translate -f - --engine native',
    'loadstar translate -f shop.yaml --stage plan',
  ],
  async run(args, io) {
    const format: Format = args.one('format') === 'json' ? 'json' : 'yaml';
    const output = args.one('output');
    const tlsFolder = tlsFolderOf(args.one('tls-dir'), output);
    inputPaths(args);
    const translation = await load(args, io, { ...envoyValues(args, io), tlsFolder: tlsFolder?.path });
    if (output !== undefined && output !== '-') refuseInput('-o', output, translation);
    const { diagnostics, refused } = verdict(translation, io);
    report(diagnostics, format === 'json' ? 'json' : 'text', io);
    const going = args.has('keep-going');
    if (refused && format !== 'json') {
      io.stderr(refusedText(diagnostics, going ? 'the rest was written' : 'nothing was written'));
    }
    if (!refused || going) {
      const stage = args.one('stage') ?? 'envoy';
      const { plan } = translation;
      const files = stage === 'envoy' && hasFiles(plan) ? folderFor(plan, tlsFolder) : undefined;
      if (files !== undefined) refuseInput('--tls-dir', join(files.path, 'file.yaml'), translation);
      if (format !== 'json') io.stderr(movedPorts(plan));
      const text = textOf(translation, stage, format);
      // Before what refers to them; what is no longer referred to goes last.
      if (files !== undefined) writeCertificates(files, plan);
      if (output === undefined || output === '-') io.stdout(text);
      else replaceOutput(output, text);
      if (stage === 'envoy' && tlsFolder !== undefined) removeOld(tlsFolder, plan);
    }
    return refused ? EXIT.refused : EXIT.good;
  },
};

/** Absolute, because Envoy resolves a relative path against its own working directory. */
function tlsFolderOf(given: string | undefined, output: string | undefined): TlsFolder | undefined {
  if (given !== undefined) return { path: resolve(given), own: false };
  // Nothing lies beside a stream.
  if (output === undefined || output === '-' || isStream(output)) return undefined;
  return { path: resolve(`${output}.tls`), own: true };
}

/** Without one, certificates of authorities stand in the configuration itself: they are no secret. */
function folderFor(plan: Plan, folder: TlsFolder | undefined): TlsFolder | undefined {
  if (folder !== undefined || !hasSecrets(plan)) return folder;
  throw new UsageError(
    'what is secret (private keys, passwords, API keys) is never printed: -o FILE writes the configuration, and its secrets to the folder FILE.tls; --tls-dir DIR chooses the folder',
  );
}

/** The service that counts reads a document for each domain. */
function textOf(translation: Translation, stage: string, format: Format): string {
  if (stage !== 'rate-limit') return emit(stageOf(translation, stage), format);
  const domains = rateLimitConfig(translation.plan);
  return format === 'json' ? emit(domains, format) : domains.map((one) => emit(one, format)).join('---\n');
}

function stageOf(translation: Translation, stage: string): unknown {
  if (stage === 'model') return plain(translation.model);
  if (stage === 'plan') return plain(translation.plan);
  return translation.bootstrap;
}
