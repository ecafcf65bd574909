/**
 * What the filter knows by context id: root contexts (one for each plugin of the VM) and streams under way,
 * in one open-addressed table that doubles up to MAX_STREAMS. A stream is entered when the host makes it and
 * taken out when the host deletes it, so nothing leaks. One that finds no place is left to Envoy.
 */
import * as host from '../abi/host';
import { MAX_STREAMS } from '../bytes/caps';
import * as heap from '../bytes/heap';
import { decodedMemory, decodedReporting, decodedSelection } from '../config/decode';
import { refuse } from '../config/error';
import { Reporting } from '../config/model';
import { end, Passage } from '../load/passage';
import { Selection } from '../select/model';
import { hasSticky } from '../select/select';
import { closeReporting, closeSelection, openReporting, openSelection } from './holdings';
import * as metrics from './metrics';

@unmanaged
class Root {
  selection: usize;
  reporting: usize;
  /** The block that holds the configuration. */
  memory: usize;
  /** Contexts that use this configuration: its root context and streams. */
  references: u32;
  /** Id of its root context. */
  id: u32;
}

@unmanaged
export class Context extends Passage {
  /** 0 marks a free place. */
  id: u32;
  root: usize;
  /** Cookies that were generated for this request: the bit of each one's hash policy. */
  cookies: u32;
  /** A load report in the headers was good, so Envoy ignores one in the trailers. */
  reported: u32;
  /** The value of all of them. */
  cookieValue: u64;
  policy: usize;
  /** Where its key went: 0 home, 1 the second host. And why (LEFT_ in select/refusal). */
  depth: u32;
  reason: u32;
  /** Under a policy that is sticky until hot: what Envoy looks up. */
  lookedUp: u64;
}

const CONTEXT_BYTES: u32 = (<u32>offsetof<Context>() + 7) & ~7;
const FIRST_PLACES: u32 = 256;

let places: usize = 0;
let mask: u32 = 0;
let count: u32 = 0;

function at(place: u32): Context {
  return changetype<Context>(places + <usize>place * CONTEXT_BYTES);
}

/**
 * Where an id belongs. Ids count up; a multiple of the golden ratio spreads those of a while evenly, so that
 * none has many behind it that a gap must be searched for.
 */
function homeOf(id: u32): u32 {
  return (id * 0x9e3779b1) >> clz(mask);
}

/** The place of an id, or the free place for it. */
function find(id: u32): u32 {
  let place = homeOf(id);
  while (at(place).id != id && at(place).id != 0) place = (place + 1) & mask;
  return place;
}

/** The context of an id; null when it was never entered, or found no place. */
export function contextOf(id: u32): Context | null {
  if (places == 0 || id == 0) return null;
  const context = at(find(id));
  return context.id == id ? context : null;
}

/** The root of a context, or null. */
export function rootOf(context: Context): Root | null {
  return context.root == 0 ? null : changetype<Root>(context.root);
}

/** Enters a context; `parent` is 0 for a root context. False when there is no place. */
export function enter(id: u32, parent: u32): bool {
  if (id == 0 || (count * 2 >= mask && !grow())) return false;
  const above = contextOf(parent);
  const root: usize = parent == 0 ? newRoot() : above ? above.root : 0;
  if (root == 0) return false;
  changetype<Root>(root).references++;
  const context = at(find(id));
  if (context.id == 0) count++;
  memory.fill(changetype<usize>(context), 0, CONTEXT_BYTES);
  context.id = id;
  context.root = root;
  return true;
}

function newRoot(): usize {
  const root = heap.alloc(offsetof<Root>());
  if (root != 0) memory.fill(root, 0, offsetof<Root>());
  return root;
}

function release(root: Root): void {
  if (--root.references > 0) return;
  if (root.selection != 0) closeSelection(changetype<Selection>(root.selection));
  if (root.reporting != 0) closeReporting(changetype<Reporting>(root.reporting));
  heap.free(root.memory);
  heap.free(changetype<usize>(root));
}

/** Takes a context out, and frees its root with the last one that refers to it. */
export function leave(id: u32): void {
  if (places == 0) return;
  let hole = find(id);
  if (at(hole).id != id) return;
  end(at(hole));
  const root = changetype<Root>(at(hole).root);
  if (root.id == id) stopTicks(root);
  release(root);
  count--;
  // Close the gap: move up what was pushed past it, so that a search may still stop at the first free place.
  let next = hole;
  while (true) {
    next = (next + 1) & mask;
    if (at(next).id == 0) break;
    const home = homeOf(at(next).id);
    if (((next - home) & mask) < ((next - hole) & mask)) continue;
    memory.copy(changetype<usize>(at(hole)), changetype<usize>(at(next)), CONTEXT_BYTES);
    hole = next;
  }
  at(hole).id = 0;
}

/**
 * Envoy keeps the timer of a root context that is deleted, and it would fire for ever (Wasm::tickHandler).
 * What a tick would tell is told now.
 */
function stopTicks(root: Root): void {
  const reports = root.reporting != 0 && changetype<Reporting>(root.reporting).learnt != 0;
  if (!reports && (root.selection == 0 || !hasSticky(changetype<Selection>(root.selection)))) return;
  host.tickEvery(0);
  metrics.tellTallies();
}

function grow(): bool {
  const old = places;
  const oldPlaces: u32 = places == 0 ? 0 : mask + 1;
  const wanted = oldPlaces == 0 ? FIRST_PLACES : oldPlaces * 2;
  if (wanted > MAX_STREAMS * 2) return false;
  const block = heap.alloc(<usize>wanted * CONTEXT_BYTES);
  if (block == 0) return false;
  memory.fill(block, 0, <usize>wanted * CONTEXT_BYTES);
  places = block;
  mask = wanted - 1;
  for (let i: u32 = 0; i < oldPlaces; i++) {
    const from = changetype<Context>(old + <usize>i * CONTEXT_BYTES);
    if (from.id != 0) memory.copy(changetype<usize>(at(find(from.id))), changetype<usize>(from), CONTEXT_BYTES);
  }
  heap.free(old);
  return true;
}

/**
 * Gives a root context the configuration that was decoded last. Streams under way keep the one they started
 * with, which is freed with the last of them. False without memory for it: then it is refused.
 */
export function configure(id: u32): bool {
  const context = contextOf(id);
  const fresh = newRoot();
  if (!context || fresh == 0 || !open(changetype<Root>(fresh), id)) {
    heap.free(fresh);
    heap.free(decodedMemory());
    return refuse('memory', 'there is not enough');
  }
  const before = context.root;
  context.root = fresh;
  release(changetype<Root>(before));
  return true;
}

function open(root: Root, id: u32): bool {
  root.selection = decodedSelection();
  root.reporting = decodedReporting();
  root.memory = decodedMemory();
  root.references = 1;
  root.id = id;
  if (root.selection != 0) openSelection(changetype<Selection>(root.selection));
  return root.reporting == 0 || openReporting(changetype<Reporting>(root.reporting));
}
