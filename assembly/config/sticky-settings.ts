/** `sticky` of a policy: when a key may leave its home host. */
import { MAX_HOPS, MAX_LOAD_BOUND } from '../bytes/caps';
import * as json from '../bytes/json';
import * as region from '../bytes/region';
import { equalText, size } from '../bytes/view';
import { Policy, Sticky, STICKY_BYTES } from '../select/model';
import { refuse, refuseValue, TOO_LARGE } from './error';
import * as names from './metric-names';
import { decimal, keep, name, whole } from './value';

/** Reads the object. The companion knows the defaults, so every field but `metricNames` must be given. */
export function decodeSticky(policy: Policy, p: u32): bool {
  if (policy.sticky != 0) return refuse('policies[#].sticky', 'is given twice', p);
  if (json.kind() != json.KIND_OBJECT) return refuse('policies[#].sticky', 'must be an object', p);
  policy.sticky = region.alloc(STICKY_BYTES);
  if (policy.sticky == 0) return refuse('policies[#].sticky', TOO_LARGE, p);
  const sticky = changetype<Sticky>(policy.sticky);
  json.beginObject();
  while (json.nextKey()) {
    const field = json.key();
    if (equalText(field, 'target')) {
      sticky.target = decimal();
      if (!(sticky.target > 0 && sticky.target <= 1)) {
        return refuse('policies[#].sticky.target', 'must be a number above 0 and at most 1', p);
      }
    } else if (equalText(field, 'bound')) {
      sticky.bound = decimal();
      if (!(sticky.bound >= 1 && sticky.bound <= MAX_LOAD_BOUND)) {
        return refuse('policies[#].sticky.bound', 'must be a number from 1 to #', p, <u32>MAX_LOAD_BOUND);
      }
    } else if (equalText(field, 'hops')) {
      const value = whole(MAX_HOPS);
      if (value == u64.MAX_VALUE || value == 0) {
        return refuse('policies[#].sticky.hops', 'must be a whole number from 1 to #', p, MAX_HOPS);
      }
      sticky.hops = <u32>value;
    } else if (equalText(field, 'reasonHeader')) {
      sticky.reasonHeader = keep(name());
      if (size(sticky.reasonHeader) == 0) return refuse('policies[#].sticky.reasonHeader', 'must be a name', p);
    } else if (equalText(field, 'metricNames')) {
      if (sticky.names != 0) return refuse('policies[#].sticky.metricNames', 'is given twice', p);
      if (!names.decodeNames()) return false;
      sticky.names = names.names;
      sticky.nameCount = names.nameCount;
    } else {
      return refuseValue('policies[#].sticky', 'has the unknown field', field, p);
    }
  }
  if (json.failed()) return false;
  if (sticky.target == 0) return refuse('policies[#].sticky.target', 'is missing', p);
  if (sticky.bound == 0) return refuse('policies[#].sticky.bound', 'is missing', p);
  return sticky.hops > 0 || refuse('policies[#].sticky.hops', 'is missing', p);
}
