import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP connection between two processes that can be cut: what is behind it is away, without a word, and comes back. */
export class Valve {
  readonly #pairs = new Set<[Socket, Socket]>();
  #server: Server | undefined;

  private constructor(
    readonly port: number,
    readonly to: { host: string; port: number },
  ) {}

  static async before(host: string, port: number): Promise<Valve> {
    const probe = createServer();
    const own = await listening(probe, 0);
    await new Promise((resolve) => probe.close(resolve));
    const valve = new Valve(own, { host, port });
    await valve.open();
    return valve;
  }

  /** Takes connections again. */
  async open(): Promise<void> {
    if (this.#server) return;
    const server = createServer((near) => this.#join(near));
    this.#server = server;
    await listening(server, this.port);
  }

  /** Breaks all connections and refuses new ones. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => (server ? void server.close(() => resolve()) : resolve()));
    this.cut();
    await closed;
  }

  /** Breaks all connections; new ones are taken. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    this.#pairs.clear();
  }

  #join(near: Socket): void {
    const far = connect({ ...this.to, noDelay: true });
    near.setNoDelay(true);
    const pair: [Socket, Socket] = [near, far];
    this.#pairs.add(pair);
    const end = (): void => {
      near.destroy();
      far.destroy();
      this.#pairs.delete(pair);
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
    near.pipe(far);
    far.pipe(near);
  }
}

function listening(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
