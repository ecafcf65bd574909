/**
 * The backend of the examples: answers every request with who it is, on HTTP/1.1 (PORT, default 3000) and,
 * for gRPC, on cleartext HTTP/2 (GRPC_PORT, default 3001). On the HTTP/1.1 port it can be told and asked:
 *
 *   PUT /report[?path=/p][&on=http1|http2]
 *                          {"headers": {"endpoint-load-metrics": "TEXT cpu=0.9"}, "trailers": {…},
 *                           "onlyWhenAsked": false}
 *                          the report of all later answers to that path, or to every path that has none
 *                          of its own; {} for none.
 *                          onlyWhenAsked: only to requests with `endpoint-load-metrics-format`, as vLLM
 *                          and Triton do
 *   GET /count             {"name": …, "counts": {"/p": 25}}: requests by path, or by the value of
 *                          x-demo-count where it was sent
 *   PUT /count             the same, and all counts start again
 *
 * No packages: this file is mounted as it is into node:22-alpine.
 */
import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';

const name = process.env.NAME ?? 'backend';
// A short wait lets requests overlap, so that least-request has something to choose by.
const delayMs = Number(process.env.DELAY_MS ?? 2);
const maxBody = 64 * 1024;
/** Protocol → path, or '*' → report. */
const reports = { http1: {}, http2: {} };
let counts = {};

async function read(stream) {
  let body = '';
  for await (const chunk of stream) {
    body += chunk;
    if (body.length > maxBody) throw new Error(`body over ${maxBody} bytes`);
  }
  return body;
}

/** Counts the request and says what report it gets. */
function note(protocol, path, headers) {
  const key = headers['x-demo-count'] ?? path;
  counts[key] = (counts[key] ?? 0) + 1;
  const report = reports[protocol][path] ?? reports[protocol]['*'] ?? {};
  return report.onlyWhenAsked && headers['endpoint-load-metrics-format'] === undefined ? {} : report;
}

async function control(req, res, url) {
  try {
    if (req.method === 'PUT' && url.pathname === '/report') {
      const report = JSON.parse((await read(req)) || '{}');
      const on = url.searchParams.get('on');
      for (const protocol of on === null ? ['http1', 'http2'] : [on])
        reports[protocol][url.searchParams.get('path') ?? '*'] = report;
    }
    const body = `${JSON.stringify({ name, counts, reports })}\n`;
    if (req.method === 'PUT' && url.pathname === '/count') counts = {};
    res.end(body);
  } catch (error) {
    res.writeHead(400).end(`${error.message}\n`);
  }
}

function answer(req, res) {
  const url = new URL(req.url, 'http://backend');
  if (url.pathname === '/healthz') return void res.end('ok\n');
  if (url.pathname === '/report' || url.pathname === '/count') return void control(req, res, url);
  const { headers = {}, trailers } = note('http1', url.pathname, req.headers);
  const body = `${JSON.stringify({ backend: name, method: req.method, path: req.url, headers: req.headers })}\n`;
  setTimeout(() => {
    const framing = trailers === undefined ? { 'content-length': Buffer.byteLength(body) } : { trailer: Object.keys(trailers).join(', ') };
    res.writeHead(200, { 'content-type': 'application/json', 'x-backend': name, ...framing, ...headers });
    if (req.method !== 'HEAD') res.write(body);
    if (trailers !== undefined) res.addTrailers(trailers);
    res.end();
  }, delayMs);
}

/**
 * On HTTP/2: any unary gRPC call gets one message with the name as a string in field 1, as
 * helloworld.HelloReply has it; another request gets the name. The report may stand in real trailers here.
 */
function answerStream(stream, headers) {
  const isCall = headers['content-type']?.startsWith('application/grpc') === true;
  const report = note('http2', headers[':path'].split('?')[0], headers);
  const text = Buffer.from(name);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(text.length + 2, 1);
  stream.on('error', () => {});
  stream.on('wantTrailers', () => stream.sendTrailers({ ...(isCall ? { 'grpc-status': '0' } : {}), ...report.trailers }));
  stream.resume().on('end', () =>
    setTimeout(() => {
      if (stream.destroyed) return;
      const type = isCall ? 'application/grpc' : 'text/plain';
      stream.respond({ ':status': 200, 'content-type': type, 'x-backend': name, ...report.headers }, { waitForTrailers: true });
      stream.end(isCall ? Buffer.concat([prefix, Buffer.from([0x0a, text.length]), text]) : `${name}\n`);
    }, delayMs),
  );
}

const host = process.env.HOST ?? '0.0.0.0';
createServer({ keepAliveTimeout: 60_000 }, answer).listen(Number(process.env.PORT ?? 3000), host);
createHttp2Server().on('stream', answerStream).listen(Number(process.env.GRPC_PORT ?? 3001), host);
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
