/** Sticky until hot: what a policy's configuration may be. */
import { decode } from '../config/decode';
import { errorLine } from '../config/error';
import { policyWith, stickyOf } from './sticky-support';
import { bytesOf, prepare, textOf } from './support';

function refusal(sticky: string): string {
  prepare();
  decode(
    bytesOf(
      '{"role":"select","tables":[{"size":53,"localities":[{"hosts":[["10.0.0.1:1",1]]}]}],"policies":[{"cluster":"a","table":0,"hash":[{"header":"x"}],"sticky":' +
        sticky + '}]}',
    ),
  );
  return textOf(errorLine());
}

function says(line: string, part: string): void {
  expect(line.includes(part)).toBe(true, line);
}

describe('its configuration', () => {
  test('is read', () => {
    const sticky = stickyOf(policyWith(2, '{"target":0.7,"bound":2.5,"hops":4}'));
    expect(sticky.target).toBe(0.7);
    expect(sticky.bound).toBe(2.5);
    expect(sticky.hops).toBe(4);
  });

  test('is refused with its field', () => {
    says(refusal('{}'), 'policies[0].sticky.target: is missing');
    says(refusal('{"target":0.5,"hops":2}'), 'policies[0].sticky.bound: is missing');
    says(refusal('{"target":0.5,"bound":2}'), 'policies[0].sticky.hops: is missing');
    says(refusal('{"target":0}'), 'policies[0].sticky.target: must be');
    says(refusal('{"target":1.5}'), 'policies[0].sticky.target: must be');
    says(refusal('{"target":"x"}'), 'policies[0].sticky.target: must be');
    says(refusal('{"target":0.5,"bound":0.5}'), 'policies[0].sticky.bound: must be');
    says(refusal('{"target":0.5,"hops":9}'), 'policies[0].sticky.hops: must be a whole number from 1 to 8');
    says(refusal('{"target":0.5,"hops":0}'), 'policies[0].sticky.hops: must be');
    says(refusal('{"target":0.5,"x":0}'), 'policies[0].sticky: has the unknown field "x"');
    says(refusal('true'), 'policies[0].sticky: must be an object');
  });
});
