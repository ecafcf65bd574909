/**
 * Status as Gateway API data: what `kubectl describe` would show under `status` of each resource. Texts and
 * reasons are Envoy Gateway's (v1.9.1), so that a person finds them in its documentation.
 */
import { compareText } from '../../basics/text.ts';
import type { RouteKind } from '../../model/groups.ts';
import type { ParentRef } from '../../model/resources.ts';

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

export interface AncestorRef {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly sectionName?: string;
}

export interface ListenerStatus {
  readonly name: string;
  readonly port: number;
  /** Where it is bound here. */
  readonly boundPort: number;
  readonly attachedRoutes: number;
  readonly supportedKinds: readonly { readonly group: string; readonly kind: string }[];
  readonly conditions: readonly Condition[];
}

interface Named {
  readonly namespace: string;
  readonly name: string;
}
export type ResourceStatus =
  | (Named & {
      readonly kind: 'Gateway';
      readonly conditions: readonly Condition[];
      readonly listeners: readonly ListenerStatus[];
      /** Those of which something is accepted; absent: none. */
      readonly attachedListenerSets?: number;
    })
  | (Named & {
      readonly kind: 'ListenerSet';
      readonly conditions: readonly Condition[];
      readonly listeners: readonly ListenerStatus[];
    })
  | (Named & {
      readonly kind: RouteKind;
      readonly parents: readonly {
        readonly parentRef: ParentRef;
        readonly controllerName: string;
        readonly conditions: readonly Condition[];
      }[];
    })
  | (Named & {
      readonly kind: 'BackendTrafficPolicy' | 'BackendTLSPolicy' | 'ClientTrafficPolicy' | 'SecurityPolicy';
      /** Empty: the policy targets nothing that exists. */
      readonly ancestors: readonly {
        readonly ancestorRef: AncestorRef;
        readonly controllerName: string;
        readonly conditions: readonly Condition[];
      }[];
    });

/** The maximum length of `conditions[].message` in the Kubernetes API. */
const MESSAGE_LIMIT = 32_768;
const CUT = ' (message truncated).';

/** An error as a sentence: capital first, full stop last. */
export function sentence(text: string): string {
  if (text === '') return text;
  const capital = text[0]!.toUpperCase() + text.slice(1);
  return capital.endsWith('.') ? capital : `${capital}.`;
}

/** Several errors of one kind: one sentence per line. A single one is left as it is. */
export const joinErrors = (errors: readonly string[]): string =>
  errors.length === 1 ? errors[0]! : errors.map(sentence).join('\n');

/** Conditions of one parent or ancestor: one of each type, in the order in which they were first set. */
export class Conditions {
  readonly #list: Condition[] = [];

  set(type: string, status: 'True' | 'False', reason: string, message: string): void {
    const text =
      message.length <= MESSAGE_LIMIT ? message : message.slice(0, MESSAGE_LIMIT - CUT.length) + CUT;
    const condition: Condition = { type, status, reason, message: text };
    const at = this.#list.findIndex((c) => c.type === type);
    if (at < 0) this.#list.push(condition);
    else this.#list[at] = condition;
  }
  has(type: string, status?: 'True' | 'False'): boolean {
    return this.#list.some((c) => c.type === type && (status === undefined || c.status === status));
  }
  list(): readonly Condition[] {
    return this.#list;
  }
}

/** The Gateway API's limit for `status.ancestors`. */
const ANCESTOR_LIMIT = 16;

/** Ancestors of one policy, each with its conditions, in the order in which they were first named. */
export class Ancestors {
  readonly #byKey = new Map<string, { ref: AncestorRef; controllerName: string; conditions: Conditions }>();

  of(ref: AncestorRef, controllerName: string): Conditions {
    const key = `${ref.kind}/${ref.namespace}/${ref.name}/${ref.sectionName ?? ''}`;
    let entry = this.#byKey.get(key);
    if (entry === undefined) {
      entry = { ref, controllerName, conditions: new Conditions() };
      this.#byKey.set(key, entry);
    }
    return entry.conditions;
  }

  /** All, or the 16 that matter most (refused first, then overridden), the last of them marked Aggregated. */
  list() {
    let entries = [...this.#byKey.values()];
    if (entries.length > ANCESTOR_LIMIT) {
      entries.sort(
        (a, b) =>
          importance(a.conditions) - importance(b.conditions) ||
          compareText(a.ref.namespace, b.ref.namespace) ||
          compareText(a.ref.name, b.ref.name),
      );
      entries = entries.slice(0, ANCESTOR_LIMIT);
      entries
        .at(-1)!
        .conditions.set(
          'Aggregated',
          'True',
          'Aggregated',
          'Ancestors have been truncated because the number of policy ancestors exceeds 16.',
        );
    }
    return entries.map(({ ref, controllerName, conditions }) => ({
      ancestorRef: ref,
      controllerName,
      conditions: conditions.list(),
    }));
  }
}

const importance = (conditions: Conditions): number => {
  if (conditions.has('Accepted', 'False')) return 0;
  return conditions.has('Overridden', 'True') ? 1 : 2;
};

const KIND_ORDER = {
  Gateway: 0,
  ListenerSet: 1,
  HTTPRoute: 2,
  GRPCRoute: 3,
  TLSRoute: 4,
  TCPRoute: 5,
  UDPRoute: 6,
  BackendTrafficPolicy: 7,
  BackendTLSPolicy: 8,
  ClientTrafficPolicy: 9,
  SecurityPolicy: 10,
} as const;
/** As they are printed: by kind, namespace and name. */
export const byName = (a: ResourceStatus, b: ResourceStatus): number =>
  KIND_ORDER[a.kind] - KIND_ORDER[b.kind] ||
  compareText(a.namespace, b.namespace) ||
  compareText(a.name, b.name);
