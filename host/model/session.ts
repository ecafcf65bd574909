/** Session persistence of a rule (Gateway API, GEP-1619): requests that show a token stay at its host. */
export interface Session {
  /** Where the token is. */
  readonly kind: 'cookie' | 'header';
  /** Of the cookie or header. */
  readonly name: string;
  /** How long a permanent cookie lives; undefined: until the browser is closed. */
  readonly ttlMs?: number;
}
/** As it is written: without a name, one is made from the rule. */
export type RuleSession = Omit<Session, 'name'> & Partial<Pick<Session, 'name'>>;
