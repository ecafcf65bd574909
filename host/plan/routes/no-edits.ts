import type { HeaderEdits } from '../types.ts';

/** Headers stay as they are. */
export const NO_EDITS: HeaderEdits = { set: [], add: [], remove: [] };
