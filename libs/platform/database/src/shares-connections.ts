import pg from 'pg';

const ROUNDS = 5;
const PATIENCE_MS = 5000;

/**
 * Whether a pooler hands the connections of the server from one client to the other between transactions. Two clients
 * that are connected at once are served by two processes, unless one is between them that shares.
 * @param url PostgreSQL URL
 */
export async function sharesConnections(url: string): Promise<boolean> {
  const clients = [1, 2].map(() => new pg.Client({ connectionString: url, connectionTimeoutMillis: PATIENCE_MS }));
  for (const client of clients) client.on('error', () => undefined); // the statement rejects
  try {
    for (const client of clients) await client.connect();
    const served = clients.map(() => new Set<number>());
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [at, client] of clients.entries()) served[at]?.add(await processOf(client));
    }
    return served.some(({ size }) => size > 1) || new Set(served.flatMap((pids) => [...pids])).size < clients.length;
  } finally {
    await Promise.allSettled(clients.map((client) => client.end()));
  }
}

async function processOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid ?? 0;
}
