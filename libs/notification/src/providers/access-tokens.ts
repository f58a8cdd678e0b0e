import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Clock } from '@platform/kernel';
import type { ProviderAuth } from '../application/sms/provider-auth.js';
import { EXTRA_TIME_MS } from '../application/sms/sms-gateway.js';
import { withBody } from './build-request.js';
import { exchange } from './exchange.js';

export type OAuth2 = ProviderAuth & { kind: 'oauth2-client-credentials' };

interface AccessToken {
  token: string;
  expiresAt: number;
}

const MAX_KEPT = 20;
const TIMEOUT_MS = 3000;
const DEFAULT_LIFETIME_SECONDS = 300;
/** Renewed before it lapses on its way. */
const MARGIN_MS = 30_000;
const answerSchema = z.object({
  access_token: z.string().regex(/^[\x21-\x7E]{1,8192}$/),
  expires_in: z.coerce.number().positive().catch(DEFAULT_LIFETIME_SECONDS),
});

/** Access tokens by client credentials (RFC 6749, section 4.4), kept in memory until they lapse. */
export class AccessTokens {
  private readonly kept = new LRUCache<string, AccessToken>({ max: MAX_KEPT });
  private readonly underWay = new Map<string, Promise<AccessToken>>();

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  /**
   * One request for many who want it at once.
   * @throws Error without a word of the answer; no SMS was sent
   */
  async get(auth: OAuth2, credential: string): Promise<string> {
    const key = keyOf(auth, credential);
    const kept = this.kept.get(key);
    if (kept && kept.expiresAt > this.clock.monotonic()) return kept.token;
    let asked = this.underWay.get(key);
    if (!asked) {
      asked = this.ask(auth, credential).finally(() => this.underWay.delete(key));
      this.underWay.set(key, asked);
    }
    const fresh = await asked;
    this.kept.set(key, fresh);
    return fresh.token;
  }

  /** After it was refused. */
  forget(auth: OAuth2, credential: string): void {
    this.kept.delete(keyOf(auth, credential));
  }

  private async ask(auth: OAuth2, credential: string): Promise<AccessToken> {
    const { tokenUrl, clientId, encoding, parameters } = auth;
    const fields = { ...parameters, grant_type: 'client_credentials', client_id: clientId, client_secret: credential };
    const times = { connectTimeoutMs: EXTRA_TIME_MS.connect, timeoutMs: TIMEOUT_MS };
    const request = withBody(encoding, fields, { Accept: 'application/json' });
    const askedAt = this.clock.monotonic();
    const { status, body } = await exchange({ url: tokenUrl, method: 'POST', ...request, ...times });
    if (status !== 200) throw new Error(`http ${status}`);
    const { success, data } = answerSchema.safeParse(parse(body));
    if (!success) throw new Error('no token in the answer');
    return { token: data.access_token, expiresAt: askedAt + Math.max(data.expires_in * 1000 - MARGIN_MS, 0) };
  }
}

/** The credential is not kept, not even in a key. */
function keyOf(auth: OAuth2, credential: string): string {
  return createHash('sha256')
    .update(JSON.stringify([auth, credential]))
    .digest('base64');
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}
