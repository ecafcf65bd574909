/**
 * Every bound of the filter, in one place: work and memory of a request, a load report and a configuration.
 * What is above a cap is refused, counted or left to Envoy; it is never a trap. Buffers and messages are made
 * from these names. Where the companion has the same cap, test/unit/envoy/caps.test.ts compares the two.
 */

/** Memory this module may ever ask for, in 64 KiB pages (1 GiB: the ceiling of Envoy's wasm host). */
export const MAX_PAGES: i32 = 16384;
/** Bytes of a callback's arena before it borrows from the heap. Envoy's default header limit is 60 KiB. */
export const ARENA_BYTES: u32 = 131072;
/** Bytes of one value from the host. With a larger one, Envoy's own policy takes the request. */
export const MAX_HOST_VALUE: u32 = 67108864;
/** Streams under way in one worker. One more is left to Envoy's own policy. */
export const MAX_STREAMS: u32 = 262144;
/** Length of a statistic's name. A host whose gauge would have a longer one gets none. */
export const MAX_STATISTIC_NAME: u32 = 512;

/** Nesting of JSON, in a configuration or a report. */
export const MAX_JSON_DEPTH: u32 = 32;

/** A configuration takes at most CONFIG_FACTOR times the length of its JSON, plus CONFIG_BASE bytes. */
export const CONFIG_FACTOR: u32 = 8;
export const CONFIG_BASE: u32 = 4096;
/** Length of the line that says why a configuration is refused, and of a value quoted in it. */
export const MAX_ERROR_LINE: u32 = 512;
export const MAX_QUOTED: u32 = 100;
/** Envoy's own upper limit of the Maglev table (maglev.proto). */
export const MAX_TABLE_SIZE: u32 = 5000011;
/** Hosts of a table: a slot holds an index of at most two bytes. */
export const MAX_HOSTS: u32 = 65535;
export const MAX_TABLES: u32 = 4096;
export const MAX_LOCALITIES: u32 = 1024;
export const MAX_POLICIES: u32 = 16384;
/** Hash policies of a route: a bit each in the mask of generated cookies. */
export const MAX_KEYS: u32 = 32;
/** Length of a name: cluster, header, cookie, parameter, address; and of the attributes of a cookie. */
export const MAX_CONFIG_NAME: u32 = 4096;
/** Names that a policy may list for computing utilization. */
export const MAX_METRIC_NAMES: u32 = 32;

/** Header lines of one request or response that are looked at. */
export const MAX_HEADERS: u32 = 16384;
/** Values of one repeated header that make a key. With more, Envoy's own policy decides. */
export const MAX_HEADER_VALUES: u32 = 256;

/** Length of a load report, as text or base64. */
export const MAX_REPORT_BYTES: u32 = 8192;
/** Metrics of a load report, and the length of a metric's name. */
export const MAX_METRICS: u32 = 64;
export const MAX_METRIC_NAME: u32 = 128;
/** Length of the names of metrics that the filter knows in several spellings. */
export const MAX_KNOWN_NAME: u32 = 31;
/** Bytes of a report written anew: for each metric the longest name, a prefix, a number and separators. */
export const MAX_REPORT_OUT: u32 = MAX_METRICS * (MAX_METRIC_NAME + 128);
/** A report's own rate, in requests per second. With more, one host that lies would draw all traffic. */
export const MAX_REPORTED_RPS: f64 = 1e7;
/** The lowest utilization in a report written anew. 0 becomes this, for Envoy refuses a report of 0. */
export const MIN_UTILIZATION: f64 = 0.01;
/** A utilization above this is refused: no share and no percentage is that large. */
export const MAX_UTILIZATION: f64 = 1e6;

/** Bytes of a report that are told in the log, and lines about reports of one worker in a second. */
export const MAX_TOLD_BYTES: u32 = 256;
export const MAX_TOLD_LINES: u32 = 16;

/** Hosts of one cluster whose rate is measured. Reports of more hosts get the mean rate. */
export const MAX_RATED_HOSTS: u32 = 4096;
/** Bytes of a host's address that are kept: the longest IPv6 address with scope and port fits. */
export const MAX_ADDRESS: u32 = 80;
/** Hosts of all clusters of a worker that have gauges of their own at a time. */
export const MAX_GAUGE_HOSTS: u32 = 1024;
/**
 * Hosts that a VM ever defines gauges for. Envoy keeps a statistic for its whole life, so where addresses
 * never come back, each new host would cost memory for ever.
 */
export const MAX_GAUGE_HOSTS_EVER: u32 = 4096;
/** Tries to add to the shared counts before the rest waits for the next tick. */
export const MAX_SHARED_TRIES: u32 = 4;
/** Hosts that a key of a sticky policy may go to, its home among them. */
export const MAX_HOPS: u32 = 8;
/** Bound on requests in flight of a sticky policy, as a multiple of the mean. */
export const MAX_LOAD_BOUND: f64 = 1000000;
/**
 * Look-ups of a table for one request of a sticky policy: enough to find all of 8 equal hosts in 599 of 600.
 */
export const MAX_LOOKUPS: u32 = 64;
/** Counters of the sketch of a sticky policy, 4 bytes each: a power of 2. */
export const SKETCH_COUNTERS: u32 = 4096;
/** Hosts of a cluster with a sticky policy that answers alone make known. One more counts nowhere. */
export const MAX_SEEN_HOSTS: u32 = 1024;
/** Hosts of a cluster with a sticky policy of which workers tell each other. */
export const MAX_SHARED_HOSTS: u32 = 1024;
