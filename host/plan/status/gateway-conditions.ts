/** What is said of a Gateway as a whole, from what is said of its listeners. */
import { compareText } from '../../basics/text.ts';
import type { Gateway } from '../../model/resources.ts';
import type { ClientCertificates } from '../tls/client-certificates.ts';
import type { ProofReader } from '../tls/client-proof.ts';
import { type Condition, Conditions, type ListenerStatus } from './conditions.ts';

/** Why a Gateway as a whole serves nothing. */
export interface GatewayRefusal {
  readonly reason: string;
  readonly message: string;
}

const isAccepted = ({ conditions }: ListenerStatus): boolean =>
  conditions.some(({ type, status }) => type === 'Accepted' && status === 'True');

/** As Envoy Gateway: accepted while one listener is. Whether it is programmed, only a controller can say. */
export function gatewayConditions(
  listeners: readonly ListenerStatus[],
  refusal: GatewayRefusal | undefined,
  insecure: boolean,
  references: Condition | undefined,
): readonly Condition[] {
  const conditions = new Conditions();
  const others = listeners.filter((one) => !isAccepted(one)).map(({ name }) => name);
  const names = others.sort(compareText).join(', ');
  if (refusal !== undefined) conditions.set('Accepted', 'False', refusal.reason, refusal.message);
  else if (others.length === 0)
    conditions.set('Accepted', 'True', 'Accepted', 'The Gateway has been scheduled by Envoy Gateway');
  else if (others.length < listeners.length)
    conditions.set('Accepted', 'True', 'ListenersNotValid', `Listeners not valid: ${names}`);
  else conditions.set('Accepted', 'False', 'ListenersNotValid', `No listeners are valid: ${names}`);
  if (insecure)
    conditions.set(
      'InsecureFrontendValidationMode',
      'True',
      'ConfigurationChanged',
      'Gateway is using AllowInsecureFallback frontend validation mode.',
    );
  if (references !== undefined)
    conditions.set(references.type, references.status, references.reason, references.message);
  return conditions.list();
}

/** Whether all that `spec.tls` of a Gateway refers to is there (Envoy Gateway, ProcessGatewayTLS). */
export const gatewayReferences =
  (proofs: Pick<ProofReader, 'faultOf'>, shown: Pick<ClientCertificates, 'ofGateway'>) =>
  (gateway: Gateway): Condition | undefined => {
    if (gateway.spec.frontend === undefined && gateway.spec.backend === undefined) return undefined;
    const type = 'ResolvedRefs';
    const fault = shown.ofGateway(gateway)?.fault;
    if (fault !== undefined) return { type, status: 'False', ...fault };
    const asked = proofs.faultOf(gateway);
    if (asked === undefined) {
      const message = 'Successfully resolved all TLS references for the gateway';
      return { type, status: 'True', reason: 'ResolvedRefs', message };
    }
    const message = `Failed to get frontend CA certs for gateway: ${asked.message}`;
    return { type, status: 'False', reason: 'InvalidParameters', message };
  };
