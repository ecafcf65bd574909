/**
 * The constants of sticky until hot, all in one place. They come from a simulation
 * (docs/STICKY-MEASURED.md) and belong together: change one and measure again. Bounds of memory and work are
 * in bytes/caps.
 */

/** A step of the controller: all hosts are looked at once in so many milliseconds. */
export const STICKY_TICK_MILLISECONDS: u32 = 250;

// How much a host sheds: the part of its keys that it gives away (load/shed).
/** The largest part. */
export const MAX_SHED: f64 = 0.9;
/** The part of a host that is new or back: its cold cache fills gently. */
export const JOINING_SHED: f64 = 0.5;
/** What a step adds for an error of 1. */
export const SHED_STEP: f64 = 1.0 / 32;
/** The error of a cool host counts down to here, so that keys come home slowly. */
export const MIN_ERROR: f64 = -0.3;
/** The error of a hot host counts up to so many times, by how much it carries. */
export const MAX_BURDEN: f64 = 4;
/** A host is hot only when it is above the mean of its peers by this. */
export const ABOVE_MEAN: f64 = 0.1;
/** Weight of the newest value in the moving average of requests in flight. */
export const NEWEST_IN_FLIGHT: f64 = 1.0 / 8;

// How much a host sheds because it is slow (load/pace, load/shed).
/** The fastest answer of so many ticks is a host's pace. Where there were too few, of all that are known. */
export const PACE_TICKS: u32 = 3;
/** With fewer requests, answered or waiting, nothing is known of a host's pace. */
export const MIN_ANSWERS: u32 = 5;
/**
 * Where many answers are late anyway, by misses or queues, more are needed: so many that all of them are late
 * by chance once in e^CERTAIN (1,100) times, but at most MAX_ANSWERS.
 */
export const CERTAIN: f64 = 7;
export const MAX_ANSWERS: u32 = 32;
/** What an answer changes of the part that is late. */
export const LATE_STEP: f64 = 1.0 / 64;
/** A host is slow when it takes more than so many times as long as the others. */
export const SLOW_FROM: f64 = 1.4;
/** What is added to both times, in microseconds: a few milliseconds more or less are no slowness. */
export const PACE_ALLOWANCE: f64 = 5000;
/**
 * A step adds this times the square of what a host is too slow by, at most MAX_SLOW_RISE. A queue for a
 * moment makes a host a little slow, and what is shed for it only cools caches.
 */
export const SLOW_RISE: f64 = 0.25;
export const MAX_SLOW_RISE: f64 = 0.2;
/** What a step leaves of the part that is not due any more. */
export const SLOW_FALL: f64 = 0.75;

// Which requests under way are load (load/underway).
/** A request that is open for so many times as long as usual is none, but never before so many ticks. */
export const MOST_OF_USUAL: f64 = 4;
export const WAITING_TICKS: u32 = 8;
/** What a request changes of the usual time, as a part of it. */
export const USUAL_STEP: f64 = 1.0 / 32;
/** What a tick changes of the part of the load that is being answered. */
export const STREAMING_STEP: f64 = 1.0 / 16;

// Which requests are watched (load/watch).
/** Of the requests of a host so many since the last tick are watched, and then one in so many. */
export const WATCHED_ALL: u32 = 8;
export const WATCHED_PART: u32 = 16;

// What workers tell each other (load/common).
/** What was added fades within so many ticks. */
export const FADING_TICKS: f64 = 2;
/** Answers are told apart by spans. One that had too few to tell a pace goes on for so many at most. */
export const LONGEST_SPANS: u32 = 5;

// When a host counts as silent, away or returned (load/tick).
/** A host that has not reported for so long is forgotten step by step. */
export const SILENCE_NANOSECONDS: u64 = 10000000000;
/** So many picks of a host that others answered, and none that it did: Envoy does not use it. */
export const PICKS_IGNORED: u32 = 8;
/** A host counts as returned only if the part it shed was above this. */
export const RETURNED_FROM: f64 = 0.05;

// Which host a request gets (select/sticky-pick).
/**
 * Requests in flight that every host may have, whatever the bound: of few requests, multiples mean nothing.
 */
export const FREE_IN_FLIGHT: u32 = 3;
/** A host may be above its share by so many times the root of it: more is not chance any more. */
export const SPREADS: f64 = 2;
/**
 * The same three where answers are streams. A stream keeps its place for long, so waiting for a place costs
 * more than a cold cache: the bound comes sooner. Of many streams a host may have this part above its share.
 */
export const FREE_STREAMS: f64 = 1;
export const STREAM_SPREADS: f64 = 0.75;
export const STREAM_PART: f64 = 0.2;
/**
 * The same, and the bound as a multiple of the mean, for a hot key: tighter, since any of its hosts will do.
 */
export const HOT_FREE_IN_FLIGHT: u32 = 2;
export const HOT_BOUND: f64 = 1.25;

// When a host that was never listed is known (load/seen).
/** One that has not answered for a minute is forgotten; for which others answer, after five seconds. */
export const SEEN_TICKS: u32 = 240;
export const SEEN_TICKS_UNUSED: u32 = 20;
/** Slots that each host counts as having, beside those that are known. */
export const SEEN_ALONE: f64 = 32;

// Which keys are hot (load/sketch).
/** A key that came at most so often may be there by chance. */
export const MIN_HOT_COUNT: u32 = 4;
/** A key is hot when its traffic is more than one in so many parts of a host's fair share. */
export const HOT_PARTS: u64 = 4;
/** All counts are halved so often. */
export const FADE_NANOSECONDS: u64 = 4000000000;
