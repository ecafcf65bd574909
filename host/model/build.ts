/** Resources → Model (being written). */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { AnyResource, Model } from './resources.ts';

export function buildModel(_resources: readonly AnyResource[]): { model: Model; diagnostics: Diagnostic[] } {
  return {
    model: {
      gatewayClasses: [],
      gateways: [],
      httpRoutes: [],
      grpcRoutes: [],
      services: [],
      endpointSlices: [],
      backends: [],
      referenceGrants: [],
      namespaces: [],
      policies: [],
    },
    diagnostics: [],
  };
}
