/**
 * Every bound of the filter, in one place. Work and memory of a request, a report and a configuration are limited by
 * these names and by nothing else; a value above its cap is refused, counted or left to Envoy, never a trap.
 */

/** Memory this module may ever ask for, in 64 KiB pages (1 GiB: the ceiling of Envoy's wasm host). */
export const MAX_PAGES: i32 = 16384;
/** Bytes the arena of a callback holds before it borrows from the heap; Envoy's default header limit is 60 KiB. */
export const ARENA_BYTES: u32 = 131072;
/** One value that the host hands over. A larger one is not accepted, and Envoy's own policy takes the request. */
export const MAX_HOST_VALUE: u32 = 67108864;
/** Streams under way in one worker. One above it is left to Envoy's own policy. */
export const MAX_STREAMS: u32 = 262144;

/** Nesting of JSON, in a configuration or a report. */
export const MAX_JSON_DEPTH: u32 = 32;

/** Envoy's own upper limit of the Maglev table (maglev.proto). */
export const MAX_TABLE_SIZE: u32 = 5000011;
/** Hosts of a table: a slot holds an index of at most two bytes. */
export const MAX_HOSTS: u32 = 65535;
export const MAX_TABLES: u32 = 4096;
export const MAX_LOCALITIES: u32 = 1024;
export const MAX_POLICIES: u32 = 16384;
/** Hash policies of a route: a bit each in the mask of generated cookies. */
export const MAX_KEYS: u32 = 32;
/** Attributes of a generated cookie. */
export const MAX_ATTRIBUTES: u32 = 16;
/** Length of a name: cluster, header, cookie, parameter, address, attribute. */
export const MAX_CONFIG_NAME: u32 = 4096;
/** Names that a policy may list for computing utilization. */
export const MAX_METRIC_NAMES: u32 = 32;
/** A cookie's time to live, in seconds: 100 years. */
export const MAX_TTL: u64 = 3153600000;

/** Header lines of one request or response that are looked at. */
export const MAX_HEADERS: u32 = 16384;
/** Values of one repeated header that make a key; with more, Envoy's own policy decides. */
export const MAX_HEADER_VALUES: u32 = 256;

/** Length of a load report, as text or base64. */
export const MAX_REPORT_BYTES: u32 = 8192;
/** Metrics of a load report, and the length of a metric's name. */
export const MAX_METRICS: u32 = 64;
export const MAX_METRIC_NAME: u32 = 128;
/** Room for a report written anew: MAX_METRICS times the longest name, a prefix, a number and its separators. */
export const MAX_REPORT_OUT: u32 = 16384;
/** A report's own rate, in requests per second. More is refused: one host that lies would draw all traffic. */
export const MAX_REPORTED_RPS: f64 = 1e7;
/** Utilization that a written report may carry; 0 becomes the least, for Envoy refuses a report of 0. */
export const MIN_UTILIZATION: f64 = 0.01;
/** A utilization above this is refused: no unit of utilization (a share, a percentage) goes there. */
export const MAX_UTILIZATION: f64 = 1e6;

/** Hosts of one cluster whose rate is measured; reports of more hosts get the mean rate. */
export const MAX_RATED_HOSTS: u32 = 4096;
/** Bytes of a host's address that are kept: the longest IPv6 address with scope and port fits. */
export const MAX_ADDRESS: u32 = 80;
/** Hosts of all clusters of a worker that have gauges of their own. */
export const MAX_GAUGE_HOSTS: u32 = 1024;
/** Tries to add to the shared counts before the rest waits for the next tick. */
export const MAX_SHARED_TRIES: u32 = 4;
/** Hosts that a key of a sticky policy may go to, its home among them. */
export const MAX_HOPS: u32 = 8;
/** Bound on requests in flight of a sticky policy, as a multiple of the mean. */
export const MAX_LOAD_BOUND: f64 = 1000000;
