import type { Server, Socket } from 'node:net';

/** A listening server that can be shut, so that clients are refused as by a machine that is down, and opened again. */
export class Door {
  readonly #sockets = new Set<Socket>();
  #port: number;

  /** @param port any free one when 0; it is kept from then on */
  constructor(
    private readonly server: Server,
    private readonly host: string,
    port = 0,
  ) {
    this.#port = port;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  get port(): number {
    return this.#port;
  }

  /** @throws Error when the port is taken */
  async open(): Promise<void> {
    if (this.server.listening) return;
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ port: this.#port, host: this.host, exclusive: true }, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
    const address = this.server.address();
    if (typeof address === 'object' && address) this.#port = address.port;
  }

  /** Drops the open connections too: a client may have kept some for later. */
  async shut(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise((resolve) => this.server.once('close', resolve));
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
