/** A hash key in words. */
import type { HashKey } from './types.ts';

/** `cookie FooBar`, `query parameter user`. */
export function describeKey(key: HashKey): string {
  switch (key.kind) {
    case 'header':
      return `header ${key.name}`;
    case 'cookie':
      return `cookie ${key.name}`;
    case 'query':
      return `query parameter ${key.name}`;
    case 'source-ip':
      return 'source IP';
  }
}
