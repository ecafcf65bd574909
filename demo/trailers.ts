/** One request over HTTP/2, whose trailers a client can see (HTTP/1 trailers are not passed on by Envoy unless told to). */
import { connect } from 'node:http2';

export interface Http2Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly trailers: Readonly<Record<string, unknown>>;
}

export function getWithTrailers(port: number, path: string, authority: string): Promise<Http2Answer> {
  return new Promise((done, fail) => {
    const session = connect(`http://127.0.0.1:${port}`);
    session.on('error', fail);
    const stream = session.request({ ':path': path, ':authority': authority, te: 'trailers' });
    let headers: Record<string, unknown> = {};
    let trailers: Record<string, unknown> = {};
    stream.on('response', (fields) => {
      headers = fields;
    });
    stream.on('trailers', (fields) => {
      trailers = fields;
    });
    stream.on('error', fail);
    stream.setTimeout(10_000, () => stream.destroy(new Error('no answer in 10 s')));
    stream.resume().on('close', () => {
      session.close();
      done({ status: Number(headers[':status'] ?? 0), headers, trailers });
    });
  });
}
