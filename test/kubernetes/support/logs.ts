/** What pods have written, as a kubelet gives it to the API server (`kubectl logs`). */
import type { ChildProcess } from 'node:child_process';
import { createServer, type Server } from 'node:https';
import { createInterface } from 'node:readline';
import { issue } from '../../support/certificates.ts';

/** Of a pod; older lines are forgotten. */
const MAX_LINES = 20_000;

interface Line {
  readonly at: number;
  readonly text: string;
}

export class Logs {
  /** By `namespace/pod`. */
  readonly #lines = new Map<string, Line[]>();
  #server: Server | undefined;

  /** Keeps what a process writes. */
  follow(pod: string, child: ChildProcess): void {
    const lines: Line[] = [];
    this.#lines.set(pod, lines);
    for (const input of [child.stdout!, child.stderr!])
      createInterface({ input }).on('line', (text) => {
        lines.push({ at: Date.now(), text });
        if (lines.length > MAX_LINES) lines.splice(0, MAX_LINES / 2);
      });
  }

  forget(pod: string): void {
    this.#lines.delete(pod);
  }

  of(pod: string, since = 0): string {
    const lines = this.#lines.get(pod) ?? [];
    return lines.flatMap(({ at, text }) => (at >= since ? [`${text}\n`] : [])).join('');
  }

  /** As the API server asks: /containerLogs/NAMESPACE/POD/CONTAINER?sinceTime=TIME */
  async serve(host: string, port: number): Promise<void> {
    const { key, certificate: cert } = issue({ name: 'kubelet' });
    const server = createServer({ key, cert }, (request, answer) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'https://kubelet');
      const [, what, namespace, pod] = pathname.split('/');
      if (what !== 'containerLogs') {
        answer.writeHead(404).end();
        return;
      }
      const since = searchParams.get('sinceTime');
      answer.end(this.of(`${namespace}/${pod}`, since === null ? 0 : Date.parse(since)));
    });
    this.#server = server;
    await new Promise<void>((done) => server.listen(port, host, done));
  }

  stop(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }
}
