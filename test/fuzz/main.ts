/**
 * npm run fuzz -- [--seconds 60] [--count N] [--seed N] [--from I] [--target
 * all|orca|cookie|query|header|config|sticky] [--wasm FILE]
 *
 * Prints its seed and, at the end of each target, what was run; a failure prints the input and the command
 * that makes it again, and ends with 1. Targets take turns of one second, each with its own VM, so that a run
 * of any length tries all of them.
 */
import { readFileSync } from 'node:fs';
import { Vm } from '../../host/wasm/vm.ts';
import { options } from '../support/options.ts';
import { wasmPath } from '../support/translate.ts';
import { campaign, makeTarget, targetNames } from './campaign.ts';

const usage = `usage: npm run fuzz -- --seconds N --count N --seed N --from I --target all|${targetNames.join('|')} --wasm FILE`;
const values = options(
  {
    seconds: { type: 'string', default: '60' },
    count: { type: 'string' },
    seed: { type: 'string' },
    from: { type: 'string', default: '0' },
    target: { type: 'string', default: 'all' },
    wasm: { type: 'string' },
  },
  usage,
);
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
const most = values.count === undefined ? Number.POSITIVE_INFINITY : Number(values.count);
const names = values.target === 'all' ? targetNames : targetNames.filter((name) => name === values.target);
if (names.length === 0 || ![seed, Number(values.seconds), Number(values.from)].every(Number.isFinite)) {
  console.error(usage);
  process.exit(2);
}

const module = Vm.compile(readFileSync(values.wasm ?? wasmPath()));
const turns = names.map((name) => ({ target: makeTarget(name, module), name, done: 0, ms: 0, memory: 0 }));
const end = Date.now() + Number(values.seconds) * 1000;
console.log(`seed ${seed}, targets ${names.join(', ')}`);
let last = Date.now();
let failed = false;

while (!failed && Date.now() < end && turns.some(({ done }) => done < most)) {
  for (const turn of turns) {
    const start = Date.now();
    const before = turn.done;
    const from = Number(values.from) + before;
    const outcome = campaign(
      turn.target,
      seed,
      from,
      (done) => before + done < most && Date.now() - start < 1000,
    );
    turn.done += outcome.inputs;
    turn.ms += Date.now() - start;
    // Each turn warms up anew; over all of them the memory may not grow either.
    const grew = turn.target.flat && turn.memory > 0 && turn.memory !== outcome.memory[1];
    turn.memory = outcome.memory[1];
    if (outcome.failure !== undefined || grew) {
      failed = true;
      console.log(`${turn.name}: ${outcome.failure?.message ?? `memory grew to ${turn.memory} bytes`}`);
      console.log(
        JSON.stringify({ target: turn.name, tell: outcome.failure?.message, input: outcome.failure?.input }),
      );
      console.log(
        `again: npm run fuzz -- --target ${turn.name} --seed ${seed} --from ${outcome.failure?.index ?? from} --count 1000`,
      );
      break;
    }
  }
  if (Date.now() - last > 60_000) {
    last = Date.now();
    report('so far');
  }
}
report(failed ? 'stopped' : 'done');
process.exitCode = failed ? 1 : 0;

function report(what: string): void {
  const all = turns.reduce((sum, { done }) => sum + done, 0);
  console.log(`${what}: ${all} inputs, seed ${seed}`);
  for (const { name, done, ms, memory } of turns)
    console.log(
      `  ${name.padEnd(7)} ${done} inputs, ${Math.round(done / Math.max(0.001, ms / 1000))}/s, memory ${memory} bytes`,
    );
}
