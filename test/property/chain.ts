/**
 * What must be true for the whole chain, whatever the manifests contain. It does not throw. Every message has
 * a known code, an existing place and a text. The output can be written, is the same a second time, and Envoy
 * accepts it; that includes refused inputs, since `--keep-going` emits those.
 */
import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { codes } from '../../host/diagnostics/codes.ts';
import { renderText } from '../../host/diagnostics/render.ts';
import { emit } from '../../host/envoy/emit.ts';
import { filterRefusals } from '../../host/filter/refusals.ts';
import { translate } from '../../host/translate.ts';
import type { Bootstrap } from '../support/envoy.ts';
import { type Engine, wasmPath } from '../support/translate.ts';
import { envoyRefuses, joined } from '../support/validate.ts';
import { changedText, type Input, inputs, textOf } from './inputs.ts';

export interface Outcome {
  readonly accepted: boolean;
  /** As JSON; undefined where there is no listener and no cluster to try. */
  readonly bootstrap: string | undefined;
}

/** Throws the first rule that is broken. */
export function runChain(text: string, engine: Engine, twice: boolean): Outcome {
  const options = {
    engine,
    wasm: wasmPath(),
    admin: { address: '127.0.0.1', port: 0 },
    strict: false,
    globalLimits: true,
    rateLimitService: { address: '127.0.0.1', port: 1, failClosed: false },
    zone: 'a',
  };
  const run = () => translate([{ file: 'in.yaml', text }], options);
  const found = run();
  const lines = text.split(/\r\n|\r|\n/).length;
  for (const { code, message, at } of found.diagnostics) {
    assert.ok(Object.hasOwn(codes, code), `unknown code ${code}`);
    assert.match(message, /\S.*[.!?]$/s, `${code}: ${message}`);
    assert.ok(
      at === undefined || (at.line >= 1 && at.line <= lines && at.column >= 1),
      `${code} at ${at?.line}`,
    );
  }
  renderText(found.diagnostics, { color: false });
  // The compiled filter takes what it is given, whatever stands in the manifests.
  const home = dirname(wasmPath());
  assert.deepEqual(filterRefusals(found.filter, options, home), []);
  const bootstrap = JSON.stringify(found.bootstrap);
  if (twice) {
    assert.equal(JSON.stringify(run().bootstrap), bootstrap, 'the same input gives the same bytes');
    emit(found.bootstrap, 'yaml');
  }
  const { listeners, clusters } = found.bootstrap.static_resources;
  return {
    accepted: !found.refused,
    bootstrap: listeners.length + clusters.length === 0 ? undefined : bootstrap,
  };
}

export interface Report {
  readonly inputs: number;
  readonly accepted: number;
  /** Bootstraps that Envoy was asked about. */
  readonly asked: number;
  readonly batches: number;
}

/** Throws at the first input that breaks a promise, with its number and its text. */
export async function campaign(seed: number, count: number, batch: number): Promise<Report> {
  const all = inputs(seed, count);
  let accepted = 0;
  let asked = 0;
  let batches = 0;
  let waiting: Record<string, string> = {};
  const ask = async (): Promise<void> => {
    const refused = await guilty(waiting);
    if (refused !== undefined) {
      const [name, says] = refused;
      const input = all[Number(name.slice(1))];
      throw new Error(
        `input ${name} of seed ${seed}: Envoy refuses it: ${reason(says)}\n${input === undefined ? '' : changedText(input)}`,
      );
    }
    asked += Object.keys(waiting).length;
    batches += 1;
    waiting = {};
  };
  for (const [i, input] of all.entries()) {
    const engine = i % 2 === 0 ? 'filter' : 'native';
    let outcome: Outcome;
    try {
      outcome = runChain(textOf(input), engine, i % 10 === 0);
    } catch (error) {
      const small = smallest(input, engine);
      throw new Error(`input ${i} of seed ${seed}: ${(error as Error).stack}\n${changedText(small)}`);
    }
    if (outcome.accepted) accepted += 1;
    if (outcome.bootstrap !== undefined) waiting[`n${i}`] = outcome.bootstrap;
    if (Object.keys(waiting).length === batch) await ask();
  }
  if (Object.keys(waiting).length > 0) await ask();
  return { inputs: count, accepted, asked, batches };
}

/** Envoy prints the whole message that it refuses; the reason stands at its end. */
const reason = (says: string): string =>
  /Proto constraint validation failed.*/.exec(says)?.[0] ?? says.slice(0, 1_000);

/** Without the mutations that do not matter for the failure. */
function smallest(input: Input, engine: Engine): Input {
  for (const [i] of input.mutations.entries()) {
    const less = { ...input, mutations: input.mutations.filter((_, j) => j !== i) };
    try {
      runChain(textOf(less), engine, true);
    } catch {
      return smallest(less, engine);
    }
  }
  return input;
}

/** Name and refusal of one of the bootstraps, found by halving; undefined when Envoy takes them all. */
async function guilty(bootstraps: Record<string, string>): Promise<[string, string] | undefined> {
  const parsed = Object.fromEntries(
    Object.entries(bootstraps).map(([name, text]) => [name, JSON.parse(text) as Bootstrap]),
  );
  const says = await envoyRefuses(joined(parsed));
  if (says === undefined) return undefined;
  const names = Object.keys(bootstraps);
  if (names.length === 1) return [names[0]!, says];
  const half = Math.ceil(names.length / 2);
  const part = (some: string[]) => Object.fromEntries(some.map((name) => [name, bootstraps[name]!]));
  return (
    (await guilty(part(names.slice(0, half)))) ??
    (await guilty(part(names.slice(half)))) ?? [names.join(), `only together: ${says}`]
  );
}
