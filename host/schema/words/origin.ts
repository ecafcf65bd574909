/** An origin (RFC 6454) in a list of those that are let in: each kind has its own rule of what one is. */
import { text } from './shape.ts';

const MAX_LENGTH = 253;

/** @param min Its length at least. */
export const originText = (accepts: (value: string) => boolean, min?: number) =>
  text({
    ...(min === undefined ? {} : { min }),
    max: MAX_LENGTH,
    accepts,
    rule: 'an origin, as https://www.example.com or https://*.example.com:8443, or *',
    hint: (value) =>
      typeof value === 'string' && value.endsWith('/')
        ? 'An origin has no path: remove the slash.'
        : undefined,
  });
