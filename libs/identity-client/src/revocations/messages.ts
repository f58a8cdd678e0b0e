import { isId, isObject, isText } from '../transport/values.js';

/** A session that has ended: its tokens are refused although they have not expired. */
export interface RevokedSession {
  sessionId: string;
  userId: string;
  /** Why, in the service's words: sign-out, theft, … */
  reason: string;
  endedAt: Date;
}

/** One page of what was missed. */
export interface RevocationPage {
  items: RevokedSession[];
  nextCursor: string;
  windowSeconds: number;
}

/** Ours are short, but who ends a session by hand writes what he likes: that must not keep it from being refused. */
const MAX_REASON = 255;
/** The longest that the service may say ended sessions are to be kept: a day. */
const MAX_WINDOW_SECONDS = 86_400;

/** @returns nothing for what is no ended session */
export function toRevokedSession(value: unknown): RevokedSession | undefined {
  if (!isObject(value)) return undefined;
  const { sessionId, userId, reason, endedAt } = value;
  if (!isId(sessionId) || !isId(userId) || typeof reason !== 'string' || !isText(endedAt)) return undefined;
  const at = new Date(endedAt);
  if (Number.isNaN(at.getTime())) return undefined;
  return { sessionId, userId, reason: reason.slice(0, MAX_REASON), endedAt: at };
}

/** @returns nothing for what is no page */
export function toRevocationPage(value: unknown): RevocationPage | undefined {
  if (!isObject(value) || !Array.isArray(value['items'])) return undefined;
  const { nextCursor, windowSeconds } = value;
  const items = value['items'].map(toRevokedSession);
  const isWindow = Number.isSafeInteger(windowSeconds) && Number(windowSeconds) > 0;
  if (!isCursor(nextCursor) || !isWindow || Number(windowSeconds) > MAX_WINDOW_SECONDS) return undefined;
  const known = items.filter((item) => item !== undefined);
  return known.length < items.length ? undefined : { items: known, nextCursor, windowSeconds: Number(windowSeconds) };
}

/** Opaque, but fit for a URL and a header; the service's longest has 949 characters. */
export function isCursor(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{1,1024}$/.test(value);
}
