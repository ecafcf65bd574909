/** What is said of a Gateway as a whole, from what is said of its listeners. */
import { compareText } from '../../basics/text.ts';
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
  return conditions.list();
}
