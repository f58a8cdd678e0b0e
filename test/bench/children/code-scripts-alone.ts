import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { ROOT } from '../support/root.ts';
import { answerParent } from './answer-parent.ts';
import { countPerSecond } from './count.ts';

interface Order {
  redisUrl: string;
  inFlight: number;
  seconds: number;
}

const SCRIPTS = join(ROOT, 'dist/apps/api/libs/otp/src/persistence/code-scripts.js');
const KEYS = ['code', 'attempts', 'lock', 'cooldown', 'quota'];
/** What the service stores: MACs in hex, and a sealed message of the usual size. */
const MAC = randomBytes(32).toString('hex');
const SEALED = randomBytes(180).toString('base64url');
const TEMPLATES = { nobody: 'verify-email', active: 'verify-email', disabled: null };
const OPTIONS = { attempts: 40, backoff: { type: 'doubling', delay: 1000 }, removeOnComplete: true };

interface Commands {
  issue(...all: (string | number)[]): Promise<unknown>;
}

let redis: (Redis & Commands) | undefined;
let queue: Queue | undefined;
let asked = 0;
const run = randomBytes(4).toString('hex');

/** The script that keeps a code, and BullMQ's that adds its message; nothing else. */
answerParent(async ({ redisUrl, inFlight, seconds }: Order) => {
  const { ISSUE } = (await import(SCRIPTS)) as { ISSUE: string };
  if (!redis) {
    const client = new Redis(redisUrl, { enableAutoPipelining: true });
    client.defineCommand('issue', { numberOfKeys: KEYS.length, lua: ISSUE });
    redis = client as Redis & Commands;
    queue = new Queue('bench-mail', { connection: redis, skipVersionCheck: true });
  }
  const [client, jobs] = [redis, queue as Queue];
  return await countPerSecond(inFlight, seconds, async () => {
    asked += 1;
    const address = `p${run}${asked}@example.com`;
    const now = Date.now();
    const fields = ['code', MAC, 'pepper', '0123abcd', 'issued', now, 'expires', now + 600_000, 'sms', ''];
    const refused = await client.issue(
      ...KEYS.map((key) => `verify-email:${key}:${address}`),
      ...[600_000, 10, 60_000, 600_000, MAC],
      ...fields,
    );
    if (refused) throw new Error(`refused: ${JSON.stringify(refused)}`);
    const data = { v: 1, channel: 'mail', templates: TEMPLATES, locale: 'vi', sealed: SEALED, requestId: run };
    await jobs.add('message', data, { ...OPTIONS, jobId: `code-${run}-${asked}` });
  });
});
