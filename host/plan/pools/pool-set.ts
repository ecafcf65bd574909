/**
 * The pools of a plan by name. All listeners that serve a rule share its pool: the policy of the first
 * listener shapes it, and the policies of the others get a warning.
 */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { about } from '../from.ts';
import { type Effective, nameOf } from '../policies/effective-policy.ts';
import type { Pool } from '../types.ts';

interface Entry {
  readonly pool: Pool;
  readonly effective?: Effective;
  readonly listener: string;
}

export class PoolSet {
  readonly #entries = new Map<string, Entry>();
  readonly #told = new Set<string>();
  readonly #diagnostics: Diagnostic[];

  constructor(diagnostics: Diagnostic[]) {
    this.#diagnostics = diagnostics;
  }

  /** For a rule on one listener and what is in force there (nothing for mirrors). */
  adder(rule: string, listener: string, effective?: Effective): (name: string, build: () => Pool) => void {
    return (name, build) => {
      const entry = this.#entries.get(name);
      if (entry === undefined) this.#entries.set(name, { pool: build(), effective, listener });
      else if (entry.effective?.balancing.spec !== effective?.balancing.spec) {
        this.#tell(name, entry, rule, listener, effective);
      }
    };
  }

  /** What is to be said of a rule, once for all listeners that serve it. */
  tell(diagnostic: Diagnostic): void {
    const key = `${diagnostic.code} ${diagnostic.resource} ${diagnostic.field}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#diagnostics.push(diagnostic);
  }

  get(name: string): Pool | undefined {
    return this.#entries.get(name)?.pool;
  }

  list(): readonly Pool[] {
    return [...this.#entries.values()].map((e) => e.pool);
  }

  #tell(name: string, first: Entry, rule: string, listener: string, effective: Effective | undefined): void {
    const subject = effective?.policy ?? first.effective?.policy;
    if (subject === undefined) return;
    // In a split each backend has a pool; one message for all is enough.
    const key = `${rule} ${listener}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#diagnostics.push(
      about(
        subject,
        ['spec', 'loadBalancer'],
        'warning',
        'pool-shared',
        `Pool ${name} serves listeners ${first.listener} and ${listener}; it is balanced by what holds on the first: ${nameOf(first.effective)}, not ${nameOf(effective)}.`,
        {
          rule: 'A rule has one pool for all its listeners; the first listener decides its load balancing.',
          hint: 'Give each listener its own route, or target the route or the Gateway.',
        },
      ),
    );
  }
}
