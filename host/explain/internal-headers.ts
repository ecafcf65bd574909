/** Request headers that every listener with the filter removes before routes are matched (early_header_mutation). */
import { HINT_HEADER, LOAD_REPORT_HEADERS } from '../filter/names.ts';

export const INTERNAL: ReadonlySet<string> = new Set([HINT_HEADER, ...LOAD_REPORT_HEADERS]);
