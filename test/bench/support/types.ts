/**
 * Envoy configuration as plain JSON. The bench edits what the translator wrote (another filter in the place
 * of ours), so it needs no more than the road to the parts it edits.
 */
// biome-ignore lint/suspicious/noExplicitAny: free-form JSON that Envoy itself checks
export type Json = any;

export interface Bootstrap {
  static_resources: { listeners: Json[]; clusters: Json[] };
  [key: string]: Json;
}
