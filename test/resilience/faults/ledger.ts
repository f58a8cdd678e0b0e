/** One question, and what its caller heard. */
export interface Heard {
  what: string;
  /** Of the API process that was asked. */
  api: number;
  /** When it was asked, by `performance.now()`. */
  at: number;
  ms: number;
  /** 0 when no answer came. */
  status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- bodies are looked into by those who know what they asked for
  body: Record<string, any>;
  headers: Headers;
}

/** A refresh token and an access token that the service has given out, and whose session they are of. */
export interface Session {
  refreshToken: string;
  accessToken: string;
  /** Whether the service has said that it is over. */
  ended: boolean;
}

export interface Account {
  identifier: { scheme: string; value: string };
  /** The one that counts, and the one that must not any more. */
  password?: string;
  formerPassword?: string;
}

/** A code that somebody asked for. */
export interface Order {
  namespace: 'verify-email' | 'phone-auth' | 'forgot-password';
  to: string;
  at: number;
  /** Named once the service has said that the code is on its way. */
  challengeId?: string;
  /** How often the code has opened something. */
  accepted: number;
  /** Whether it was entered, and every answer to that is known. */
  entered: boolean;
}

/** What a sister must be told about somebody. */
export interface Grant {
  userId: string;
  allowed: boolean;
}

/** What people do, each a whole: it counts as done with its last answer. */
const DEEDS = [
  'sign-up',
  'sign-in',
  'refresh',
  'sign-out',
  'password change',
  'code by mail',
  'code by SMS',
  'grant and check',
] as const;
export type Deed = (typeof DEEDS)[number];

/**
 * The oracle's memory: everything that the service has acknowledged, everything that it has answered, and what of that
 * contradicts what it has said before.
 */
export class Ledger {
  readonly heard: Heard[] = [];
  readonly accounts: Account[] = [];
  readonly sessions: Session[] = [];
  readonly orders: Order[] = [];
  readonly grants: Grant[] = [];
  readonly wrongs: string[] = [];
  /** Whether what is known of an order may have been lost with a store that copies a moment later. */
  mayBeLost: (order: Order) => boolean = () => false;
  private readonly lastBeginnings = new Map<Deed, number>();

  /** @param began when the first question of it was asked */
  done(deed: Deed, began: number): void {
    this.lastBeginnings.set(deed, Math.max(began, this.lastBeginnings.get(deed) ?? 0));
  }

  /** What nobody has begun and done since then. */
  missing(since: number): Deed[] {
    return DEEDS.filter((deed) => (this.lastBeginnings.get(deed) ?? -1) < since);
  }

  wrong(text: string): void {
    this.wrongs.push(text);
  }
}
