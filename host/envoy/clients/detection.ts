/**
 * Whose address the client's is → Envoy's extensions that detect it. What they find is the address of the
 * connection from then on: the balancer hashes it, and our filter reads it, for it is one value in Envoy.
 */
import type { ClientSettings } from '../../plan/types.ts';
import { extension } from '../any.ts';
import type { Extension, HttpConnectionManager } from '../envoy-types.ts';

type Detection = Pick<HttpConnectionManager, 'use_remote_address' | 'original_ip_detection_extensions'>;

export const detection = (clientIp: ClientSettings['clientIp']): Detection =>
  clientIp === undefined
    ? {}
    : { use_remote_address: false, original_ip_detection_extensions: [detector(clientIp)] };

function detector(clientIp: NonNullable<ClientSettings['clientIp']>): Extension {
  if (clientIp.kind === 'header')
    return extension('envoy.extensions.http.original_ip_detection.custom_header.v3.CustomHeaderConfig', {
      header_name: clientIp.name,
      allow_extension_to_set_address_as_trusted: true,
      reject_with_status: clientIp.failClosed ? { code: 'Forbidden' } : undefined,
    });
  const { trusted, noAppend } = clientIp;
  return extension('envoy.extensions.http.original_ip_detection.xff.v3.XffConfig', {
    ...('hops' in trusted
      ? // Envoy counts from the last but one.
        { xff_num_trusted_hops: trusted.hops - 1 }
      : {
          xff_trusted_cidrs: {
            cidrs: trusted.cidrs.map(({ address, bits }) => ({ address_prefix: address, prefix_len: bits })),
          },
        }),
    // Envoy's own default is not to append.
    skip_xff_append: noAppend,
  });
}
