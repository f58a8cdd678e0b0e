import { Redis } from 'ioredis';

/** Whether a Sentinel at `host:port` says so of a master that it watches. */
export async function sentinelSays(
  address: string,
  name: string,
  { field, value }: { field: string; value: string },
): Promise<true | undefined> {
  const [host, port] = address.split(':');
  const client = new Redis({ host, port: Number(port), lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => undefined); // not up yet
  try {
    const facts = (await client.call('SENTINEL', 'master', name)) as string[];
    return facts[facts.indexOf(field) + 1] === value || undefined;
  } catch {
    return undefined;
  } finally {
    client.disconnect();
  }
}
