/** `metricNames`: the metrics of a load report that utilization is computed from. */
import { MAX_METRIC_NAMES } from '../bytes/caps';
import * as json from '../bytes/json';
import * as region from '../bytes/region';
import { ABSENT } from '../bytes/view';
import { refuse, TOO_LARGE } from './error';
import { keep, name } from './value';

/** What `decodeNames` made: views in a row, 8 bytes each, and how many. */
export let names: usize = 0;
export let nameCount: u32 = 0;

/** Reads the array; false when it is refused. */
export function decodeNames(): bool {
  if (json.kind() != json.KIND_ARRAY) return refuse('metricNames', 'must be an array');
  names = region.alloc(MAX_METRIC_NAMES * 8);
  nameCount = 0;
  if (names == 0) return refuse('metricNames', TOO_LARGE);
  json.beginArray();
  while (json.nextItem()) {
    if (nameCount == MAX_METRIC_NAMES) return refuse('metricNames', 'has more than # names', MAX_METRIC_NAMES);
    const value = name();
    if (value == ABSENT) return refuse('metricNames[#]', 'must be a name', nameCount);
    store<u64>(names + nameCount * 8, keep(value));
    nameCount++;
  }
  return !json.failed();
}
