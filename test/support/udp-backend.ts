/** Backends of datagrams: each answers with its address. And clients, each a session of its own. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

export interface UdpBackend {
  readonly address: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** @param says What it answers; absent: its address. */
export async function startUdpBackend(address: string, port = 0, says = address): Promise<UdpBackend> {
  const socket = createSocket('udp4');
  socket.on('message', (_, from) => socket.send(says, from.port, from.address));
  await bound(socket, port, address);
  const stop = () => new Promise<void>((done) => socket.close(() => done()));
  return { address, port: socket.address().port, stop };
}

/** On one port, which all addresses have free. */
export async function startUdpBackends(addresses: readonly string[]): Promise<UdpBackend[]> {
  const backends: UdpBackend[] = [];
  for (const address of addresses) backends.push(await startUdpBackend(address, backends[0]?.port));
  return backends;
}

async function bound(socket: Socket, port: number, address: string): Promise<void> {
  socket.bind(port, address);
  await once(socket, 'listening');
}

/** Who answers a new client's datagrams, one after the other; '': nobody within the time. */
export async function askUdp(
  port: number,
  { from = '127.0.0.1', to = '127.0.0.1', times = 1, waitMs = 2_000 } = {},
) {
  const socket = createSocket('udp4');
  await bound(socket, 0, from);
  const answers: string[] = [];
  for (let i = 0; i < times; i++) {
    const answer = new Promise<string>((done) => {
      const timer = setTimeout(() => done(''), waitMs);
      socket.once('message', (data) => {
        clearTimeout(timer);
        done(String(data));
      });
    });
    socket.send('who', port, to);
    answers.push(await answer);
  }
  await new Promise<void>((done) => socket.close(() => done()));
  return answers;
}
