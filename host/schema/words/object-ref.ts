/**
 * A reference to an object whose kind need not be said (Gateway API, SecretObjectReference and others).
 * Whoever refers says which kind it is, and what must be in it.
 */
import { group, kindName, labelName, refName } from './names.ts';
import { object } from './shape.ts';

export const objectRef = () =>
  object({
    group: group().optional(),
    kind: kindName().optional(),
    namespace: labelName().optional(),
    name: refName(),
  });
