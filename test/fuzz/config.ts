/**
 * Configurations of both roles through the configure callback: taken, or refused with exactly one critical
 * line. What is taken must be JSON, and serves one request and one response without harm; then its root is
 * deleted, and its memory with it.
 */
import { LogLevel } from '../../host/wasm/abi.ts';
import type { LogLine } from '../../host/wasm/context.ts';
import { Vm } from '../../host/wasm/vm.ts';
import { configuration } from './config-inputs.ts';
import { corpus } from './corpus.ts';
import { mutate, numbers } from './mutate.ts';
import type { Random } from './random.ts';
import { hold, type Input, shown, type Target } from './target.ts';

export interface ConfigInput extends Input {
  /** Byte string. */
  readonly text: string;
}

/** Roots live in one VM until it is changed for a new one, as in an Envoy that gets new listeners. */
const PER_VM = 20_000;
/**
 * The largest table's slots (two bytes each), a region of eight times the text, and room for both to move.
 */
const MOST_MEMORY = 64 * 1024 * 1024;

const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

export class ConfigTarget implements Target<ConfigInput> {
  readonly name = 'config';
  readonly flat = false;
  readonly #module: WebAssembly.Module;
  readonly #seeds: readonly string[];
  #vm!: Vm;
  #lines: LogLine[] = [];
  #used = 0;
  #good = 0;

  constructor(module: WebAssembly.Module) {
    this.#module = module;
    this.#seeds = corpus('config').map(bytesOf);
    this.#start();
  }

  /** How many were taken: a campaign whose every input is refused would test little. */
  get taken(): number {
    return this.#good;
  }

  #start(): void {
    this.#vm = new Vm(this.#module, { log: (line) => this.#lines.push(line) });
    this.#used = 0;
  }

  generate(random: Random): ConfigInput {
    const text = random.oneIn(3) ? random.pick(this.#seeds) : bytesOf(JSON.stringify(configuration(random)));
    if (random.oneIn(3)) return { text: mutate(text, random, this.#seeds) };
    if (random.oneIn(9)) return { text: text.replace(/\d+/, () => random.pick(numbers)) };
    return { text: random.oneIn(400) ? '['.repeat(random.size(100_000)) + text : text };
  }

  run({ text }: ConfigInput): void {
    if (this.#used++ >= PER_VM) this.#start();
    this.#lines = [];
    const configuration = Buffer.from(text, 'latin1');
    const context = this.#vm.create(0, () => undefined, configuration);
    const answer = this.#vm.call('on_configure', context, configuration.length);
    hold(answer === 0 || answer === 1, `on_configure answers ${answer}`);
    if (answer === 0) {
      const [line] = this.#lines;
      hold(
        this.#lines.length === 1 && line !== undefined,
        `${this.#lines.length} lines for a refusal of ${shown(text)}`,
      );
      hold(
        line.level === LogLevel.critical && line.text.startsWith('loadstar: configuration refused: '),
        `refusal says ${shown(line.text)}`,
      );
      const printable = [...line.text].every((c) => c >= ' ');
      hold(line.text.length <= 512 && printable, `refusal says ${shown(line.text)}`);
    } else {
      this.#good++;
      hold(this.#lines.length === 0, 'a good configuration logs');
      this.#serve(context.id, this.#parsed(text));
    }
    this.#vm.call('on_delete', context);
    this.#vm.drop(context);
    hold(this.#vm.memory.size <= MOST_MEMORY, `memory of ${this.#vm.memory.size} bytes after ${shown(text)}`);
  }

  #parsed(text: string): { policies?: { cluster: string }[] } {
    try {
      return JSON.parse(Buffer.from(text, 'latin1').toString('utf8'));
    } catch {
      return hold(false, `takes what is not JSON: ${shown(text)}`) as never;
    }
  }

  /** A request and a response with the configuration: tables are built, cookies made, reports read. */
  #serve(root: number, config: { policies?: { cluster: string }[] }): void {
    for (const cluster of [
      ...(config.policies ?? []).slice(0, 3).map((policy) => bytesOf(String(policy.cluster))),
      'none',
    ]) {
      const stream = this.#vm.stream(root, (path) => (path === 'xds.cluster_name' ? cluster : '127.0.0.1:1'));
      hold(
        stream.onRequestHeaders([
          [':path', '/?q=1&user=2'],
          ['foobar', 'x'],
        ]) === 0,
        'request: not continued',
      );
      const hint = stream.requestHeaders!.get('x-loadstar-host');
      hold(hint === undefined || /^[A-Za-z0-9+/]+=*$/.test(hint), `hint ${shown(hint ?? '')}`);
      hold(
        stream.onResponseHeaders([
          [':status', '200'],
          ['endpoint-load-metrics', 'TEXT cpu=0.5'],
        ]) === 0,
        'response: not continued',
      );
      stream.finish();
    }
    this.#vm.tick(root);
  }

  probe(): string {
    const configuration = Buffer.from(this.#seeds[0]!, 'latin1');
    const context = this.#vm.create(0, () => undefined, configuration);
    hold(
      this.#vm.call('on_configure', context, configuration.length) === 1,
      'a good configuration is refused',
    );
    const stream = this.#vm.stream(context.id, (path) => (path === 'xds.cluster_name' ? 'a' : '127.0.0.1:1'));
    stream.onRequestHeaders([
      [':path', '/?user=2'],
      ['foobar', 'x'],
    ]);
    stream.onResponseHeaders([[':status', '200']]);
    const answer = JSON.stringify([stream.requestHeaders!.pairs, stream.responseHeaders!.pairs]);
    stream.finish();
    this.#vm.call('on_delete', context);
    this.#vm.drop(context);
    return answer;
  }

  memory(): number {
    return this.#vm.memory.size;
  }
}
