/**
 * A line for each Envoy that comes, goes, refuses something or does not answer. How many lines there are is
 * bounded, whatever a thousand Envoys do at once.
 */
import { printable } from '../basics/text.ts';
import type { EnvoyEvent, EnvoyStatus } from '../xds/envoy-status.ts';
import { refusalText } from './fleet-status.ts';

const WINDOW_MS = 10_000;
const MAX_LINES = 40;

export class FleetLog {
  readonly #say: (line: string) => void;
  /** By the name of an Envoy: what it refuses is said once, though it is asked again with each change. */
  readonly #refused = new Map<string, string>();
  #lines = 0;
  #leftOut = 0;
  #window: NodeJS.Timeout | undefined;

  /** @param say A line without its end. */
  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /**
   * @param gateway '' for all of the input.
   * @param lacks What of it one that joins is too old for.
   */
  tell(event: EnvoyEvent, status: EnvoyStatus, gateway: string, lacks: readonly string[] = []): void {
    const { id, refused } = status;
    const old = event === 'joins' && lacks.length > 0 ? `, and is too old: ${lacks.join('; ')}` : '';
    const what = `${whatOf(event, status)}${old}`;
    if (event === 'leaves') this.#refused.delete(id);
    if (event === 'refuses') {
      if (this.#refused.get(id) === refused?.reason) return;
      this.#refused.set(id, refused?.reason ?? '');
    }
    this.#line(printable(`${id || 'an Envoy without a name'} (${whoIs(status, gateway)}) ${what}`));
  }

  close(): void {
    clearTimeout(this.#window);
  }

  #line(line: string): void {
    this.#window ??= setTimeout(() => this.#nextWindow(), WINDOW_MS).unref();
    if (this.#lines < MAX_LINES) {
      this.#lines++;
      this.#say(line);
    } else this.#leftOut++;
  }

  #nextWindow(): void {
    this.#window = undefined;
    this.#lines = 0;
    const more = this.#leftOut;
    this.#leftOut = 0;
    if (more > 0) this.#line(`${more} more lines on Envoys are left out: \`loadstar status\` shows all`);
  }
}

const whoIs = ({ zone, envoy }: EnvoyStatus, gateway: string): string =>
  [gateway || 'all', ...(zone === '' ? [] : [`zone ${zone}`]), `Envoy ${envoy || '?'}`].join(', ');

function whatOf(event: EnvoyEvent, { refused }: EnvoyStatus): string {
  if (event === 'refuses' && refused !== undefined) return `refuses ${refusalText(refused)}`;
  return event === 'lags' ? 'does not answer: it gets what is served when it does' : event;
}
