/**
 * One VM: a compiled module with its memory, its root contexts and what they share. It starts and configures
 * in Envoy's order (WasmBase::start, ContextBase::onConfigure): context_create, vm_start, configure for each
 * root.
 */
import { LogLevel } from './abi.ts';
import { type Context, type LogLine, type Properties, type Shared, SharedData } from './context.ts';
import { hostFunctions } from './host.ts';
import { Memory } from './memory.ts';
import { Metrics } from './metrics.ts';
import { type Callbacks, Stream } from './stream.ts';

interface VmOptions {
  /** Nanoseconds since 1970; default: always 0, so that runs are repeatable. */
  readonly now?: () => bigint;
  /** Each line the module logs; default: dropped (critical ones are kept for the configuration's answer). */
  readonly log?: (line: LogLine) => void;
  /** Default: of this VM alone. */
  readonly sharedData?: SharedData;
}

/** A plugin: one entry in Envoy's configuration that uses the VM. */
interface Plugin {
  /** The JSON, as text or as the bytes Envoy would hand over. */
  readonly configuration: string | Uint8Array;
  readonly properties?: Properties;
}

/** A root context that took its configuration, or why it did not. */
type Configured =
  | { readonly ok: true; readonly root: number }
  /** `reason` is what the module logged as critical, else its last line, else a sentence of ours. */
  | { readonly ok: false; readonly reason: string; readonly trapped: boolean };

/** A callback that trapped: the VM is dead, as it would be in Envoy. */
export class VmTrap extends Error {
  override readonly name = 'VmTrap';
}

type Callback = (...args: number[]) => number;

const bytesOf = (value: string | Uint8Array): Uint8Array =>
  typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
const nothing: Properties = () => undefined;

export class Vm implements Callbacks {
  readonly metrics = new Metrics();
  readonly memory: Memory;
  /** Names of the callbacks that the module exports (`on_request_headers`, …). */
  readonly callbacks: ReadonlySet<string>;
  readonly #exports: Record<string, Callback | undefined>;
  readonly #shared: Shared;
  readonly #contexts = new Map<number, Context>();
  #lines: LogLine[] | undefined;
  #nextId = 1;
  #dead: string | undefined;

  /**
   * Compile once and start often: compiling costs far more. Throws WebAssembly's own error on bytes that are
   * no module.
   */
  static compile(bytes: Uint8Array): WebAssembly.Module {
    return new WebAssembly.Module(bytes);
  }

  /** Throws when the module imports what this host does not have, or lacks what Envoy requires of it. */
  constructor(module: WebAssembly.Module, options: VmOptions = {}) {
    const idle: Context = { id: 0, maps: [], properties: nothing };
    this.#shared = {
      current: idle,
      metrics: this.metrics,
      data: options.sharedData ?? new SharedData(),
      log: (line) => {
        this.#lines?.push(line);
        options.log?.(line);
      },
      now: options.now ?? (() => 0n),
      ticks: new Map(),
    };
    const functions = hostFunctions(this.#shared, () => this.memory);
    for (const wanted of WebAssembly.Module.imports(module)) {
      if (wanted.module !== 'env' || functions[wanted.name] === undefined) {
        throw new Error(`the module imports ${wanted.module}.${wanted.name}, which this host does not have`);
      }
    }
    const instance = new WebAssembly.Instance(module, { env: functions as Record<string, Callback> });
    const exports = instance.exports as Record<string, unknown>;
    if (exports.proxy_abi_version_0_2_1 === undefined && exports.proxy_abi_version_0_2_0 === undefined) {
      throw new Error('the module exports no proxy_abi_version_0_2_0 or _0_2_1');
    }
    const allocate = exports.proxy_on_memory_allocate ?? exports.malloc;
    if (typeof allocate !== 'function')
      throw new Error('the module exports neither proxy_on_memory_allocate nor malloc');
    this.memory = new Memory(exports.memory as WebAssembly.Memory, allocate as Callback);
    this.#exports = exports as Record<string, Callback | undefined>;
    this.callbacks = new Set(
      Object.keys(exports).flatMap((name) =>
        name.startsWith('proxy_on_') ? [name.slice('proxy_'.length)] : [],
      ),
    );
    for (const name of ['_initialize', '_start', '__wasm_call_ctors']) {
      if (this.#exports[name] !== undefined) {
        this.#exports[name]();
        break;
      }
    }
  }

  /** Creates a root context and configures it; ticks and streams refer to it by `root`. */
  configure(plugin: Plugin): Configured {
    const configuration = bytesOf(plugin.configuration);
    const context = this.create(0, plugin.properties ?? nothing, configuration);
    this.#lines = [];
    try {
      const started =
        this.#exports.proxy_on_vm_start === undefined || this.call('on_vm_start', context, 0) !== 0;
      const taken =
        started &&
        (this.#exports.proxy_on_configure === undefined ||
          this.call('on_configure', context, configuration.length) !== 0);
      if (taken) return { ok: true, root: context.id };
      const critical = this.#lines.findLast((line) => line.level === LogLevel.critical) ?? this.#lines.at(-1);
      const reason =
        critical?.text ?? `the module refused its ${started ? 'configuration' : 'start'} without a word`;
      return { ok: false, reason, trapped: false };
    } catch (error) {
      if (!(error instanceof VmTrap)) throw error;
      return { ok: false, reason: error.message, trapped: true };
    } finally {
      this.#lines = undefined;
      context.configuration = undefined;
    }
  }

  /** One request to be driven through the callbacks, by the root context that `configure` gave. */
  stream(root: number, properties: Properties = nothing): Stream {
    return new Stream(this, root, properties);
  }

  /** Calls on_tick of a root, whatever the period it asked for. */
  tick(root: number): void {
    const context = this.#contexts.get(root);
    if (context !== undefined) this.call('on_tick', context);
  }

  /** Milliseconds the root asked to be ticked after; 0: never. */
  tickPeriod(root: number): number {
    return this.#shared.ticks.get(root) ?? 0;
  }

  /** A new context below `parent` (0: a root, which may have a configuration). */
  create(parent: number, properties: Properties, configuration?: Uint8Array): Context {
    const context: Context = { id: this.#nextId++, maps: [], properties, configuration };
    this.#contexts.set(context.id, context);
    this.call('on_context_create', context, parent);
    return context;
  }

  /** Forgets a context after its on_delete. */
  drop(context: Context): void {
    this.#contexts.delete(context.id);
  }

  /**
   * Calls an export that is no callback, in the context of the callback that ran last. A u64 is a bigint
   * here. Throws on an export that is not there, and VmTrap.
   */
  ask(name: string, ...args: (number | bigint)[]): number | bigint {
    if (this.#dead !== undefined) throw new VmTrap(this.#dead);
    const callee = this.#exports[name] as ((...args: (number | bigint)[]) => number | bigint) | undefined;
    if (callee === undefined) throw new Error(`the module does not export ${name}`);
    try {
      return callee(...args);
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError || error instanceof RangeError)) throw error;
      this.#dead = `trapped in ${name}: ${error.message}`;
      throw new VmTrap(this.#dead, { cause: error });
    }
  }

  /** Runs one callback; 0 when the module does not export it. Throws VmTrap, and again on every later use. */
  call(name: string, context: Context, ...args: number[]): number {
    if (this.#dead !== undefined) throw new VmTrap(this.#dead);
    const callback = this.#exports[`proxy_${name}`];
    if (callback === undefined) return 0;
    this.#shared.current = context;
    try {
      return callback(context.id, ...args);
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError || error instanceof RangeError)) throw error;
      this.#dead = `trapped in proxy_${name}: ${error.message}`;
      throw new VmTrap(this.#dead, { cause: error });
    }
  }
}
