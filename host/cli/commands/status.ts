/** `loadstar status`: the Envoys of a `loadstar serve`, and how far each has come. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type EnvoyLine, type FleetStatus, isFleetStatus } from '../../fleet/fleet-status.ts';
import { renderFleet } from '../../fleet/render-fleet.ts';
import { EXIT, RunError, reasonOf } from '../../run/errors.ts';
import type { XdsAddress } from '../../xds/start-bootstrap.ts';
import type { Args } from '../args.ts';
import type { Command } from '../command.ts';
import { clientTlsOptions, pemFile, shownAddress, threeFiles, xdsAddress } from '../xds-address.ts';

const DEFAULT = '127.0.0.1:18000';
const ANSWER_MS = 5_000;
/** Of a fleet of two thousand Envoys some 1 MB. */
const MAX_BYTES = 64 * 1_048_576;

export const status: Command = {
  name: 'status',
  summary: 'show the Envoys of a `serve`, and what each has',
  usage: '[--server ADDRESS] [OPTIONS]',
  description: [
    'Each Envoy with its Gateway, zone and version, the configuration that it has acknowledged, how long it has been behind,\nand what it refuses, in its own words.',
    'The exit code is 1 when an Envoy is behind, refuses something, or is too old for something.',
  ],
  options: {
    server: { value: 'ADDRESS', help: `the address of serve --listen (default: ${DEFAULT})` },
    ...clientTlsOptions,
    format: { value: 'FORMAT', choices: ['text', 'json'], help: 'text (default) or json' },
  },
  examples: ['loadstar status', 'loadstar status --server unix:/run/loadstar.sock --format json'],
  async run(args, io) {
    const server = xdsAddress('--server', args.one('server') ?? DEFAULT);
    const text = await ask(server, args).catch((error) => {
      throw new RunError(`no status from ${shownAddress(server)}: ${reasonOf(error)}${hintFor(error, args)}`);
    });
    const fleet = parsed(text, server);
    io.stdout(
      args.one('format') === 'json' ? `${JSON.stringify(fleet, undefined, 2)}\n` : renderFleet(fleet),
    );
    const isWhole = ({ current, lacks = [] }: EnvoyLine) => current && lacks.length === 0;
    return fleet.envoys.every(isWhole) ? EXIT.good : EXIT.refused;
  },
};

function hintFor(error: unknown, args: Args): string {
  const { code } = error as { code?: unknown };
  if (code === 'ECONNREFUSED' || code === 'ENOENT')
    return '; no `loadstar serve` listens there (--server names another address)';
  // A server with certificates ends a connection in plain text without a word.
  return args.one('tls-ca') === undefined && code === 'ECONNRESET'
    ? '; a server with certificates wants --tls-ca, --tls-cert and --tls-key'
    : '';
}

function ask(server: XdsAddress, args: Args): Promise<string> {
  const files = threeFiles(args, ['tls-ca', 'tls-cert', 'tls-key']);
  const to = 'path' in server ? { socketPath: server.path } : { host: server.address, port: server.port };
  const common = { ...to, path: '/status' };
  const name = args.one('tls-name');
  return new Promise((done, fail) => {
    const sent =
      files === undefined
        ? httpRequest(common)
        : httpsRequest({
            ...common,
            ca: pemFile(files['tls-ca']),
            cert: pemFile(files['tls-cert']),
            key: pemFile(files['tls-key']),
            ...(name === undefined ? {} : { servername: name }),
          });
    // Of the whole answer: it may come byte by byte.
    const late = () => sent.destroy(new Error(`no answer within ${ANSWER_MS} ms`));
    const timer = setTimeout(late, ANSWER_MS);
    sent.on('close', () => clearTimeout(timer));
    sent.on('error', fail);
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
        if (text.length > MAX_BYTES) sent.destroy(new Error('the answer is too long'));
      });
      response.on('end', () =>
        response.statusCode === 200 ? done(text) : fail(new Error(`it answers ${response.statusCode}`)),
      );
      response.on('error', fail);
    });
    sent.end();
  });
}

function parsed(text: string, server: XdsAddress): FleetStatus {
  try {
    const found: unknown = JSON.parse(text);
    if (isFleetStatus(found)) return found;
  } catch {
    // Told below.
  }
  throw new RunError(`what listens at ${shownAddress(server)} is no \`loadstar serve\``);
}
