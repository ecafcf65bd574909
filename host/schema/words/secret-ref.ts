/** A reference to a Secret (Gateway API, SecretObjectReference). Whoever refers says what must be in it. */
import { group, kindName, labelName, refName } from './names.ts';
import { object } from './shape.ts';

export const secretRef = () =>
  object({
    group: group().optional(),
    kind: kindName().optional(),
    namespace: labelName().optional(),
    name: refName(),
  });
