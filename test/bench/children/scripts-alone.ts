import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type JobsOptions, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { ROOT } from '../support/root.ts';
import { answerParent } from './answer-parent.ts';
import { countPerSecond } from './count.ts';
import { freshAddress } from './fresh-identifiers.ts';

interface Order {
  redisUrl: string;
  inFlight: number;
  seconds: number;
}

interface Issuing {
  issue(...all: (string | number)[]): Promise<unknown>;
}

// The very script and the very options of a job that the service uses, out of what it was built to.
const BUILT = join(ROOT, 'dist/apps/api/libs');
const { ISSUE } = (await import(join(BUILT, 'otp/src/persistence/code-scripts.js'))) as { ISSUE: string };
const { DEFAULT_RETRY_POLICY, jobOptions } = (await import(join(BUILT, 'notification/src/queue/retry-policy.js'))) as {
  DEFAULT_RETRY_POLICY: object;
  jobOptions: (policy: object) => JobsOptions;
};

const LIFETIME_MS = 600_000;
const RULES = [900_000, 10, 60_000, LIFETIME_MS];
/** As long as a MAC. */
const MAC = createHash('sha256').update('bench').digest('hex');
/** As long as what the service seals for one mail. */
const SEALED = randomBytes(192).toString('base64url');
const TEMPLATES = { nobody: 'verify-email', active: 'verify-email', disabled: null };
const OPTIONS = jobOptions(DEFAULT_RETRY_POLICY);

/** What a request for a code asks Redis for, and nothing else: the script that issues it and the job of its mail. */
answerParent(async ({ redisUrl, inFlight, seconds }: Order) => {
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: null, enableAutoPipelining: true });
  redis.defineCommand('issue', { numberOfKeys: 5, lua: ISSUE });
  const { issue } = redis as unknown as Issuing;
  const queue = new Queue('mail', { connection: redis, prefix: 'bare', skipVersionCheck: true, skipMetasUpdate: true });
  try {
    return await countPerSecond(inFlight, seconds, async () => {
      const address = freshAddress();
      const issued = Date.now();
      const expires = issued + LIFETIME_MS;
      const keys = ['code', 'attempts', 'lock', 'cooldown', 'quota'].map((what) => `verify-email:${what}:${address}`);
      const fields = ['code', MAC, 'pepper', MAC.slice(0, 8), 'issued', issued, 'expires', expires, 'sms', ''];
      const refused = await issue.call(redis, ...keys, ...RULES, MAC, ...fields);
      if (refused !== null) throw new Error('the script refused a code');
      const expiresAt = new Date(expires).toISOString();
      const data = {
        v: 1,
        channel: 'mail',
        templates: TEMPLATES,
        locale: 'vi',
        sealed: SEALED,
        requestId: MAC.slice(0, 36),
        expiresAt,
      };
      await queue.add('message', data, { ...OPTIONS, jobId: `code-${randomBytes(32).toString('hex')}` });
    });
  } finally {
    await queue.close();
    redis.disconnect();
  }
});
