/** A publication to peers that answer when they are told to. */
import { type Peer, publishInOrder, type Refusal } from '../../../host/xds/order.ts';
import type { Kind } from '../../../host/xds/registry.ts';
import { snapshotOf } from './support.ts';

const [meanwhile, final] = [snapshotOf({ cds: { a: 1 } }), snapshotOf({ cds: { a: 2 } })];

export const refusalOf = (peer: Peer): Refusal => ({
  ...{ peer, envoy: peer.label, kind: 'cds', names: ['a'], reason: 'no' },
});

export function world() {
  const callbacks = new Set<(peer: Peer) => void>();
  const refusals: Refusal[] = [];
  const log: string[] = [];
  const peer = (label: string, settled = true, certificate = '') => {
    const it = {
      ...{ label, certificate },
      closed: false,
      settled,
      push: (kind: Kind, snapshot: object, removals: boolean) => {
        const what = snapshot === meanwhile ? 'meanwhile' : 'final';
        log.push(`${label} ${kind} ${what}${removals ? ' removals' : ''}`);
      },
      isSettled: () => it.settled,
    };
    return it;
  };
  const publish = async (peers: Peer[], answerMs = 60_000, onStep = () => {}) => {
    const brought = await publishInOrder(
      peers,
      { meanwhile, final },
      (snapshot) => {
        onStep();
        log.push(`serve ${snapshot === meanwhile ? 'meanwhile' : 'final'}`);
      },
      refusals,
      (callback) => {
        callbacks.add(callback);
        return () => callbacks.delete(callback);
      },
      answerMs,
    );
    const names = (of: ReadonlySet<Peer>) => [...of].map(({ label }) => label);
    return {
      refusals: brought.refusals,
      silent: names(brought.silent),
      outvoted: names(brought.outvoted),
    };
  };
  return {
    peer,
    publish,
    log,
    refusals,
    callbacks,
    tell: (from: Peer) => {
      for (const callback of [...callbacks]) callback(from);
    },
  };
}
