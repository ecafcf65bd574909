#!/usr/bin/env node
// An Envoy for tests of host/run: options, the admin file, /ready and the listeners, a refusal, a death. The
// "configuration" is JSON that says how to behave. It does nothing that the real Envoy does not.
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const args = process.argv.slice(2);
const option = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
const config = JSON.parse(readFileSync(option('-c'), 'utf8'));
const log = (level, text) =>
  process.stderr.write(`[2026-11-22 05:48:21.374][1][${level}][main] [source/server/server.cc:1] ${text}\n`);

if (option('--mode') === 'validate') {
  if (config.refuse) log('critical', `error initializing configuration '${option('-c')}': ${config.refuse}`);
  process.exit(config.refuse ? 1 : 0);
}
if (config.dieAtOnce) {
  log('critical', config.dieAtOnce);
  process.exit(1);
}
const die = () => {
  log('critical', config.dieLater);
  process.exit(1);
};
const server = createServer((request, response) => {
  // Once it was said to be ready, and heard: a start that looks later than this would see another death.
  if (config.dieLater && request.url === '/ready') response.on('finish', () => setTimeout(die, 300));
  if (request.url === '/ready') response.writeHead(config.neverReady ? 503 : 200).end(config.neverReady ? 'INITIALIZING\n' : 'LIVE\n');
  else if (request.url === '/drain_listeners') response.end('OK\n');
  else if (request.url?.startsWith('/stats')) response.end('http.http-1.downstream_rq_active: 0\n');
  else if (request.url?.startsWith('/listeners'))
    response.end(JSON.stringify({ listener_statuses: [{ name: 'l', local_address: { socket_address: { address: '127.0.0.1', port_value: 7 } } }] }));
  else response.writeHead(404).end('no such page');
});
server.listen(0, '127.0.0.1', () => {
  writeFileSync(option('--admin-address-path'), `127.0.0.1:${server.address().port}`);
});
process.on('SIGTERM', () => {
  if (!config.ignoreTerm) process.exit(0);
});
