import type { Cluster } from '../kubernetes/cluster-source.ts';

/** Everything outside the program that a command uses, so that a test can run a command without a process. */
export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
  /** All of standard input, as bytes or as text. */
  stdin(): Promise<string | Uint8Array>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether standard error is a terminal that shows colours. */
  readonly color: boolean;
  /** Whether standard error is a terminal at all; absent: no. */
  readonly terminal?: boolean;
  /** Folder of the running program: dist/, or host/ when run from the sources. */
  readonly home: string;
  readonly version: string;
  /** The Kubernetes that the input is read from, beside files. */
  readonly cluster?: Cluster;
  /** Calls back on each SIGINT, SIGTERM and SIGHUP, until the returned function is called. */
  onStop(callback: () => void): () => void;
}

/** Standard input can be read once; who reads it again gets the same. */
export function readOnce(io: Io): Io {
  let value: ReturnType<Io['stdin']> | undefined;
  return {
    ...io,
    stdin() {
      value ??= io.stdin();
      return value;
    },
  };
}
