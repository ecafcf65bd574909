/**
 * Holds budget.json against the compiled module. A request that got cheaper fails too: write the new number
 * down.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Budget, measureBudget } from './budget.ts';

const budget = JSON.parse(readFileSync(new URL('./budget.json', import.meta.url), 'utf8')) as Budget;
const now = measureBudget();

test('the module is no larger than its budget', () => {
  assert.ok(now.moduleBytes <= budget.moduleBytesAtMost, `${now.moduleBytes} > ${budget.moduleBytesAtMost}`);
});

test('the modules export the callbacks they need and no others', () => {
  assert.deepEqual(now.callbacks, budget.callbacks);
});

for (const name of new Set([...Object.keys(budget.hostCalls), ...Object.keys(now.hostCalls)])) {
  test(`host calls: ${name}`, () => {
    assert.deepEqual(now.hostCalls[name], budget.hostCalls[name]);
  });
}

test('no request allocates memory that it keeps', () => {
  // 16 bytes, the smallest allocation, kept by each of these requests would be five pages of memory.
  assert.deepEqual(now.growth, budget.growth);
});
