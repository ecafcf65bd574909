/** Records in a list, each with the address of the next one (4 bytes, 0: none) at the same place. */

/**
 * Takes a record out of the list that begins with `head`; answers the head from then on. `next` is the place.
 */
export function unlink(head: usize, gone: usize, next: usize): usize {
  const after = load<u32>(gone + next);
  if (head == gone) return after;
  for (let p = head; p != 0; p = load<u32>(p + next)) {
    if (load<u32>(p + next) == <u32>gone) store<u32>(p + next, after);
  }
  return head;
}
