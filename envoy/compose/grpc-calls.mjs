/**
 * A gRPC client without packages: N unary calls of helloworld.Greeter/SayHello over one cleartext HTTP/2
 * connection, then which backend answered how often, and the trailers of the last answer.
 *   node envoy/compose/grpc-calls.mjs 127.0.0.1:10080 grpc.example.com 200
 */
import { connect } from 'node:http2';

const [address = '127.0.0.1:10080', authority = 'grpc.example.com', calls = '200'] = process.argv.slice(2);
const session = connect(`http://${address}`);
session.on('error', (error) => {
  console.error(`${address}: ${error.message}`);
  process.exit(1);
});

const call = () =>
  new Promise((done, fail) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/helloworld.Greeter/SayHello',
      ':authority': authority,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let backend = 'no backend';
    let trailers = {};
    stream.on('response', (headers) => {
      backend = headers['x-backend'] ?? `status ${headers[':status']}`;
    });
    stream.on('trailers', (fields) => {
      trailers = fields;
    });
    stream.on('error', fail);
    stream.on('close', () => done({ backend, trailers }));
    stream.resume();
    // One empty message: no compression, length 0.
    stream.end(Buffer.alloc(5));
  });

const counts = {};
let last = {};
for (let i = 0; i < Number(calls); i++) {
  const { backend, trailers } = await call();
  counts[backend] = (counts[backend] ?? 0) + 1;
  last = trailers;
}
for (const [backend, count] of Object.entries(counts).sort()) console.log(`${String(count).padStart(7)} ${backend}`);
console.log(`trailers: ${Object.entries(last).map(([name, value]) => `${name}=${value}`).join(' ')}`);
session.close();
