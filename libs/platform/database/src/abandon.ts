import { connect } from 'node:net';

/** What of pg's client is needed here. */
export interface PgClient {
  readonly host: string;
  readonly port: number;
  /** From the server's BackendKeyData: what a cancel request names. */
  readonly processID: number | null;
  readonly secretKey: number | null;
  end(): Promise<void>;
}

/** CancelRequest (PostgreSQL, "Message Formats"): its length, its code, and whom to cancel. */
const CANCEL_BYTES = 16;
const CANCEL_CODE = 80_877_102;
const CANCEL_PATIENCE_MS = 1000;

/**
 * Gives a connection up whose statement missed the deadline: the pool drops it, and the server is asked to stop. A
 * server does not notice by itself that nobody waits any more; a row that is locked for long would collect a waiting
 * connection for each retry of each caller, until none is left.
 */
export async function abandon(client: PgClient): Promise<void> {
  cancel(client);
  await client.end();
}

/** In the clear also where connections are encrypted, as libpq does it: the request holds no data. */
function cancel({ host, port, processID, secretKey }: PgClient): void {
  if (processID === null || secretKey === null) return;
  const request = Buffer.alloc(CANCEL_BYTES);
  request.writeInt32BE(CANCEL_BYTES, 0);
  request.writeInt32BE(CANCEL_CODE, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  socket.setTimeout(CANCEL_PATIENCE_MS, () => socket.destroy());
  socket.on('error', () => undefined); // then it goes on until it is done
  socket.end(request);
}
