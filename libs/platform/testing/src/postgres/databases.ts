import pg from 'pg';
import { poll } from '../poll.js';

/**
 * Creates a database unless it is there.
 * @param url any database of the server, with a role that may create databases
 * @returns the new database's URL, and whether this call made it
 */
export async function createDatabase(url: string, name: string): Promise<{ url: string; created: boolean }> {
  const created = await onServer(url, async (client) => {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount) return false;
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
    return true;
  });
  return { url: databaseUrl(url, name), created };
}

/** How long those who are hanging up may take, in seconds. */
const LEAVING_SECONDS = 0.5;

/**
 * Drops a database, whoever is connected to it. Who is hanging up may do so first: `Pool.end()` does not wait for the
 * server, whose last word to a connection that it cuts would be an error that nobody listens for.
 */
export async function dropDatabase(url: string, name: string): Promise<void> {
  const clients = "SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'";
  await onServer(url, async (client) => {
    const hasGone = async () => (await client.query(clients, [name])).rowCount === 0 || undefined;
    await poll('The last client', LEAVING_SECONDS, hasGone).catch(() => undefined);
    await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
  });
}

function databaseUrl(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${encodeURIComponent(name)}`;
  return other.href;
}

async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
