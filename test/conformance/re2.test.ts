/**
 * host/regex against the RE2 in a real Envoy: which patterns it takes, and which texts they match. More:
 * LOADSTAR_PATTERNS=20000 node --import tsx --test test/conformance/re2.test.ts
 */
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { test } from 'node:test';
import { RUNTIME } from '../../host/envoy/bootstrap.ts';
import { fullMatch, patternFault } from '../../host/regex/re2.ts';
import { type Bootstrap, Envoy } from '../support/envoy.ts';
import { takenRoutes } from '../support/taken.ts';
import { named, randomPatterns, refusedHere, texts } from './re2-patterns.ts';

const COUNT = Number(process.env.LOADSTAR_PATTERNS ?? 2_000);
const SEED = 2026;
const random = [...new Set(randomPatterns(SEED, COUNT))];
const patterns = [...new Set([...named, ...random])].filter((p) => !p.includes('\\C'));
const asRoute = (regex: string) => ({ match: { safe_regex: { regex } }, direct_response: { status: 200 } });

test('a pattern is refused here when Envoy refuses it, and only then', async (t) => {
  const taken = await takenRoutes(patterns.map(asRoute));
  const wrong = patterns.filter((pattern, i) => (patternFault(pattern) === undefined) !== taken[i]);
  assert.deepEqual(
    wrong.map((pattern) => [pattern, patternFault(pattern) ?? 'taken here']),
    [],
  );
  const good = taken.filter(Boolean).length;
  t.diagnostic(`${patterns.length} patterns, Envoy takes ${good}`);
  assert.ok(good > patterns.length / 5 && good < (patterns.length * 4) / 5);
});

test('what is refused here alone is named, and Envoy takes it', async () => {
  assert.deepEqual(await takenRoutes(refusedHere.map(asRoute)), [true, true, true]);
  for (const [i, why] of [/\\C is not supported/, /16384 parts/, /nests too deeply/].entries())
    assert.match(patternFault(refusedHere[i]!) ?? '', why);
});

test('a taken pattern matches the texts that Envoy says it matches', async (t) => {
  const good = random.filter((pattern) => patternFault(pattern) === undefined && !foldsBytes(pattern));
  const envoy = await Envoy.start(listenerOf(good));
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  try {
    const tried = good.flatMap((pattern, i) =>
      [...texts(SEED + i, 4), ...literals(pattern)].map((text) => ({ pattern, text, i })),
    );
    const wrong: object[] = [];
    let matched = 0;
    const next = tried.values();
    const work = async (): Promise<void> => {
      for (const { pattern, text, i } of next) {
        const envoySays = (await status(agent, envoy.port(), i, text)) === 200;
        if (envoySays) matched += 1;
        if (fullMatch(pattern, text) !== envoySays) wrong.push({ pattern, text, envoySays });
      }
    };
    await Promise.all(Array.from({ length: 16 }, work));
    t.diagnostic(`${good.length} patterns, ${tried.length} texts, ${matched} of them match`);
    assert.deepEqual(wrong, []);
    assert.ok(matched > tried.length / 50);
  } finally {
    agent.destroy();
    await envoy.stop();
  }
});

test('time is linear in the text', () => {
  // A backtracking engine needs 2^40000 steps here.
  assert.equal(fullMatch('(a+)+', `${'a'.repeat(40_000)}b`), false);
  assert.equal(fullMatch('(?:a|a)*b', 'a'.repeat(40_000)), false);
});

/**
 * `(?i)` folds the letters of ASCII in Envoy, those of Latin-1 here: bytes of other letters are left out of
 * the comparison.
 */
const foldsBytes = (pattern: string): boolean =>
  /\(\?[a-z]*i/.test(pattern) && /[^\0-\x7f]|x\{?e9|377|\\[pPW]|\^/.test(pattern);

/** The pattern without its operators may match it. */
const literals = (pattern: string): string[] => {
  const text = pattern.replace(/\(\?[a-zA-Z<>-]*:?|\\[a-zA-Z](\{\w+\})?|[^\w/\u00e9.-]/g, '');
  return text === '' ? [] : [text];
};

function listenerOf(all: readonly string[]): Bootstrap {
  const typed = (type: string) => ({ '@type': `type.googleapis.com/envoy.extensions.filters.${type}` });
  const routes = all.map((regex, i) => ({
    match: { path: `/${i}`, headers: [{ name: 'x-text', string_match: { safe_regex: { regex } } }] },
    direct_response: { status: 200 },
  }));
  const hcm = {
    ...typed('network.http_connection_manager.v3.HttpConnectionManager'),
    stat_prefix: 'x',
    http_filters: [{ name: 'router', typed_config: typed('http.router.v3.Router') }],
    route_config: { virtual_hosts: [{ name: 'x', domains: ['*'], routes }] },
  };
  const listener = {
    name: 'x',
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    filter_chains: [{ filters: [{ name: 'hcm', typed_config: hcm }] }],
  };
  return {
    layered_runtime: { layers: [{ name: 'static', static_layer: RUNTIME }] },
    static_resources: { listeners: [listener] },
  } as Bootstrap;
}

const status = (agent: Agent, port: number, index: number, text: string): Promise<number> =>
  new Promise((done, fail) => {
    // Node writes a header byte by byte.
    const headers = { 'x-text': Buffer.from(text, 'utf8').toString('latin1') };
    const sent = request({ host: '127.0.0.1', port, path: `/${index}`, headers, agent }, (response) => {
      response.resume().on('end', () => done(response.statusCode ?? 0));
    });
    sent.on('error', fail).end();
  });
