/**
 * Settings of a port. Whether connections begin with a header of the PROXY protocol is one for all its
 * listeners: with it, a client of a listener that does not ask for it could say who it is. The rest is
 * tuning, where the first that says something holds, as in Envoy Gateway.
 */
import { weakMemo } from '../../basics/collections.ts';
import { equal } from '../../basics/equal.ts';
import type { ClientSettings } from '../../model/resources.ts';
import type { ListenerContext } from '../attach/gateways.ts';
import type { SocketSettings } from '../types.ts';
import type { ClientFault } from './faults.ts';

type SettingsOf = (listener: ListenerContext) => ClientSettings | undefined;

const tuningOf = (settings: ClientSettings | undefined): SocketSettings => ({
  tcpKeepalive: settings?.tcpKeepalive,
  bufferBytes: settings?.connection?.bufferBytes,
  maxAccept: settings?.connection?.maxAccept,
  inspectionMs: settings?.timeout?.inspectionMs,
});

/** The field of a policy that each of them is. */
const FIELDS = {
  tcpKeepalive: ['tcpKeepalive'],
  bufferBytes: ['connection', 'bufferLimit'],
  maxAccept: ['connection', 'maxAcceptPerSocketEvent'],
  inspectionMs: ['timeout', 'tcp', 'connectionInspectionTimeout'],
} as const;
type Tuning = keyof typeof FIELDS;
const NAMES = Object.keys(FIELDS) as Tuning[];

/** Undefined: nothing is set. @param sharing All that are served at the port. */
export function socketSettings(
  sharing: readonly ListenerContext[],
  settingsOf: SettingsOf,
): SocketSettings | undefined {
  const all = sharing.map(settingsOf);
  const proxyProtocol = all.find((one) => one?.proxyProtocol !== undefined)?.proxyProtocol;
  const entries = NAMES.map((name) => [
    name,
    all.map((one) => tuningOf(one)[name]).find((value) => value !== undefined),
  ]);
  const socket: SocketSettings = { proxyProtocol, ...Object.fromEntries(entries) };
  return Object.values(socket).every((value) => value === undefined) ? undefined : socket;
}

/** Fields of a listener's policy that have no effect, because another listener of the port has set them. */
export const withoutEffect = (
  settings: ClientSettings,
  socket: SocketSettings | undefined,
): readonly (readonly string[])[] =>
  NAMES.filter((name) => {
    const own = tuningOf(settings)[name];
    return own !== undefined && !equal(own, socket?.[name]);
  }).map((name) => FIELDS[name]);

/**
 * A policy asks for the PROXY protocol in a way in which not all listeners of the port do. Each port is
 * looked through once: sets may bring many listeners. Any of them differs from the first, or from the first
 * that differs from that.
 */
export function proxyProtocolFaults(
  settingsOf: SettingsOf,
): (listener: ListenerContext, sharing: readonly ListenerContext[]) => ClientFault | undefined {
  const wanted = (listener: ListenerContext) => settingsOf(listener)?.proxyProtocol;
  const twoOf = weakMemo((sharing: readonly ListenerContext[]): readonly ListenerContext[] => {
    const [first] = sharing;
    const second = sharing.find((one) => first !== undefined && !equal(wanted(one), wanted(first)));
    return first === undefined || second === undefined ? [] : [first, second];
  });
  return (listener, sharing) => {
    const own = wanted(listener);
    const other = twoOf(sharing).find((one) => !equal(wanted(one), own));
    return own === undefined || other === undefined ? undefined : sharedPort(listener, other);
  };
}

function sharedPort(listener: ListenerContext, other: ListenerContext): ClientFault {
  const status = `ProxyProtocol: listeners ${listener.name} and ${other.name} share a port and differ in it`;
  return {
    status,
    told: {
      path: ['spec', 'proxyProtocol'],
      code: 'policy-port-shared',
      message: `The listener ${listener.name} shares its port with ${other.name}, where the PROXY protocol is not asked for in the same way.`,
      rule: 'A connection begins with the header before it is known which listener it is for: all listeners of a port have it alike.',
      hint: 'Target the whole Gateway, or give the listener its own port.',
    },
  };
}
