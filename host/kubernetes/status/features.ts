/**
 * What a GatewayClass of ours says that it can (GEP-2162): names of the Gateway API's features, in the order
 * that it asks for. Its own conformance suite judges each.
 */
export const features: readonly string[] = [];
