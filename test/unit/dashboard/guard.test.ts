/** What a hostile page in the same browser can do with the dashboard: nothing. */
import assert from 'node:assert/strict';
import { type IncomingHttpHeaders, request } from 'node:http';
import { after, before, test } from 'node:test';
import { COOKIE, Guard } from '../../../host/dashboard/guard.ts';
import { DashboardServer, MAX_OPEN_PAGES, type Shown } from '../../../host/dashboard/server.ts';

const TOKEN = 'a-token-of-the-test';
const shown: Shown = {
  assets: new Map([['/index.html', { type: 'text/html', body: '<p>page</p>' }]]),
  ask: (name) => (name === 'known' ? { value: 1 } : undefined),
  open: ({ send }) => {
    send('changes', []);
    return () => {};
  },
};

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function ask(
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answer> {
  return new Promise((done, fail) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', fail);
    sent.end();
  });
}

let open: DashboardServer;
let closed: DashboardServer;
let [plain, guarded] = [0, 0];
before(async () => {
  open = new DashboardServer(shown);
  closed = new DashboardServer(shown, TOKEN);
  ({ port: plain } = await open.listen({ address: '127.0.0.1', port: 0 }));
  ({ port: guarded } = await closed.listen({ address: '127.0.0.1', port: 0 }));
});
after(() => Promise.all([open.close(), closed.close()]));

const rows: readonly (readonly [
  what: string,
  status: number,
  headers: Record<string, string>,
  method?: string,
  path?: string,
])[] = [
  ['the address itself', 200, {}],
  ['localhost with a port', 200, { host: 'localhost:18001' }],
  ['an address of IPv6', 200, { host: '[::1]:18001' }],
  ['a name that leads here (DNS rebinding)', 421, { host: 'evil.example' }],
  ['a name that begins as ours', 421, { host: 'localhost.evil.example' }],
  ['a name that begins as an address', 421, { host: '127.0.0.1.evil.example' }],
  ['a host that is none', 421, { host: 'x:y:z' }],
  ['a script of another site', 403, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
  ['a script of another port', 403, { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' }],
  [
    'a frame of another site',
    403,
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
  ],
  [
    'a link that the user follows',
    200,
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
  ],
  [
    'a link of another site to a question',
    403,
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    'GET',
    '/api/known',
  ],
  ['our own page', 200, { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }],
  ['another method', 405, {}, 'POST'],
  ['a method that only looks', 405, {}, 'OPTIONS'],
  ['a path that climbs', 404, {}, 'GET', '/../../etc/passwd'],
  ['a path that is none', 404, {}, 'GET', '//'],
  ['a question that there is not', 404, {}, 'GET', '/api/nothing'],
  ['a question that there is', 200, {}, 'GET', '/api/known'],
];
for (const [what, status, headers, method, path = '/'] of rows) {
  test(`${what}: ${status}`, async () => {
    const answer = await ask(plain, path, headers, method);
    assert.equal(answer.status, status);
    assert.match(
      String(answer.headers['content-security-policy']),
      /default-src 'none'.*frame-ancestors 'none'/,
    );
    assert.equal(answer.headers['cross-origin-resource-policy'], 'same-origin');
    assert.equal(answer.headers['access-control-allow-origin'], undefined);
    if (status >= 400) assert.ok(!answer.body.includes('page</p>'));
  });
}

test('with a token: without it nothing, with it a cookie that no script reads', async () => {
  assert.equal((await ask(guarded, '/')).status, 401);
  assert.equal((await ask(guarded, '/api/known')).status, 401);
  assert.equal((await ask(guarded, '/?token=wrong')).status, 401);
  assert.equal((await ask(guarded, '/', { cookie: `${COOKIE}=wrong` })).status, 401);
  const entered = await ask(guarded, `/?token=${TOKEN}`);
  assert.equal(entered.status, 303);
  assert.equal(entered.headers.location, '/');
  assert.match(String(entered.headers['set-cookie']), /; HttpOnly; SameSite=Strict; Path=\/$/);
  assert.equal((await ask(guarded, '/', { cookie: `a=b; ${COOKIE}=${TOKEN}` })).status, 200);
});

test('questions are answered one after another, and some at most wait', async () => {
  const answers = await Promise.all(Array.from({ length: 30 }, () => ask(plain, '/api/known')));
  const bodies = answers.map(({ body }) => body);
  assert.ok(bodies.some((body) => body.includes('"value"')));
  assert.ok(bodies.every((body) => body.includes('"value"') || body.includes('Too many questions')));
});

test('a token does not open the server to other names', () => {
  const guard = new Guard(TOKEN, ['edge-1']);
  const refusal = (host: string) =>
    guard.refusal({ method: 'GET', headers: { host }, token: TOKEN, path: '/' });
  assert.equal(refusal('edge-1:18001'), undefined);
  assert.equal(refusal('EDGE-1'), undefined);
  assert.equal(refusal('evil.example')?.status, 421);
});

test(`no more than ${MAX_OPEN_PAGES} pages are told of what happens`, async () => {
  const streams = Array.from({ length: MAX_OPEN_PAGES }, () => {
    const stream = request({ host: '127.0.0.1', port: plain, path: '/api/events', agent: false });
    stream.on('error', () => {});
    const begun = new Promise<void>((done) =>
      stream.on('response', (response) => response.once('data', () => done())),
    );
    stream.end();
    return { stream, begun };
  });
  await Promise.all(streams.map(({ begun }) => begun));
  assert.equal((await ask(plain, '/api/events')).status, 503);
  for (const { stream } of streams) stream.destroy();
});
