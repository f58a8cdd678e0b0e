import { Cluster, type Redis } from 'ioredis';
import type { RedisConnection } from '@platform/redis';
import { type AskedFor, MostAsked, type MostAskedFor } from '../application/most-asked.js';
import { NAMESPACE_NAMES } from '../domain/namespaces.js';
import { answerOf } from './answer-of.js';
import { lasting } from './lasting.js';
import { identifierOf } from './slot-keys.js';

/** Keys that a server looks at in one turn: a fraction of a millisecond, in which others wait. */
const PIECE = 1000;
const QUOTA_KEY = new RegExp(`^(?<namespace>${NAMESPACE_NAMES.join('|')}):quota:(?<identifier>.+)$`, 's');

/** Which key on which server, and its count. */
interface Found {
  server: Redis;
  key: string;
  codes: number;
}

/** Reads the quotas of all identifiers by SCAN; in a Cluster, on each of its masters. */
export class RedisMostAsked implements MostAsked {
  constructor(private readonly client: RedisConnection) {}

  async find(
    { namespace, limit }: MostAskedFor,
    onProgress?: (done: number, all: number) => void,
  ): Promise<AskedFor[]> {
    const servers = this.client instanceof Cluster ? this.client.nodes('master') : [this.client];
    const all = sum(await answerOf(Promise.all(servers.map((server) => server.dbsize()))));
    let most: Found[] = [];
    let looked = 0;
    for (const server of servers) {
      for await (const keys of scan(server, `${namespace ?? '*'}:quota:*`)) {
        most = mostOf([...most, ...(await counts(server, keys))], limit);
        looked = Math.min(looked + PIECE, all);
        onProgress?.(looked, all);
      }
    }
    onProgress?.(all, all); // an answer of SCAN may hold a few keys more than a piece
    return await Promise.all(most.map((found) => this.toAskedFor(found)));
  }

  private async toAskedFor({ server, key, codes }: Found): Promise<AskedFor> {
    const { namespace, identifier = '' } = QUOTA_KEY.exec(key)?.groups ?? {};
    return {
      namespace: namespace as AskedFor['namespace'],
      identifier: identifierOf(identifier, this.client.isCluster),
      codes,
      quota: lasting(await answerOf(server.pttl(key))),
    };
  }
}

async function* scan(server: Redis, pattern: string): AsyncGenerator<string[]> {
  let cursor = '0';
  do {
    const [next, keys] = await answerOf(server.scan(cursor, 'MATCH', pattern, 'COUNT', PIECE));
    yield keys.filter((key) => QUOTA_KEY.test(key)); // others may share this Redis
    cursor = next;
  } while (cursor !== '0');
}

/** One by one and not by MGET: in a Cluster the keys of one server are of many slots. */
async function counts(server: Redis, keys: string[]): Promise<Found[]> {
  const values = await answerOf(Promise.all(keys.map((key) => server.get(key))));
  return keys.map((key, at) => ({ server, key, codes: Number(values[at] ?? 0) }));
}

/** SCAN may tell of a key twice. */
function mostOf(found: Found[], limit: number): Found[] {
  return [...new Map(found.map((each) => [each.key, each])).values()]
    .filter(({ codes }) => codes > 0)
    .toSorted((one, other) => other.codes - one.codes || (one.key < other.key ? -1 : 1))
    .slice(0, limit);
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
