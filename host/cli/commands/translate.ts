/** `loadstar translate`: manifests in, Envoy configuration out. */
import { emit, type Format } from '../../envoy/emit.ts';
import { EXIT } from '../../run/errors.ts';
import type { Translation } from '../../translate.ts';
import type { Command } from '../command.ts';
import { load, refusedText, report, verdict } from '../input.ts';
import { envoyOptions, inputOptions } from '../options.ts';
import { refuseInput } from '../own-output.ts';
import { movedPorts } from '../own-ports.ts';
import { plain } from '../plain.ts';
import { replaceFile } from '../write-file.ts';

export const translate: Command = {
  name: 'translate',
  summary: "write Envoy's configuration for manifests",
  usage: '-f PATH… [-o FILE] [OPTIONS]',
  description: [
    "Reads Gateway API manifests (GatewayClass, Gateway, HTTPRoute, GRPCRoute, Service, EndpointSlice, Backend,\nReferenceGrant) with Envoy Gateway's BackendTrafficPolicy, and prints a configuration that a plain Envoy starts with.",
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
      choices: ['model', 'plan', 'envoy'],
      help: 'what to print: the resources as read, the plan made of them, or the configuration (default)',
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
    const translation = await load(args, io);
    const output = args.one('output');
    if (output !== undefined && output !== '-') refuseInput('-o', output, translation);
    const { diagnostics, refused } = verdict(translation, io);
    report(diagnostics, format === 'json' ? 'json' : 'text', io);
    const going = args.has('keep-going');
    if (refused && format !== 'json') {
      io.stderr(refusedText(diagnostics, going ? 'the rest was written' : 'nothing was written'));
    }
    if (!refused || going) {
      if (format !== 'json') io.stderr(movedPorts(translation.plan));
      const text = emit(stageOf(translation, args.one('stage') ?? 'envoy'), format);
      if (output === undefined || output === '-') io.stdout(text);
      else replaceFile(output, text);
    }
    return refused ? EXIT.refused : EXIT.good;
  },
};

function stageOf(translation: Translation, stage: string): unknown {
  if (stage === 'model') return plain(translation.model);
  if (stage === 'plan') return plain(translation.plan);
  return translation.bootstrap;
}
