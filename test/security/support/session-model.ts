/** A session as the model knows it; times in seconds since the beginning of the story. */
export interface ModelSession {
  counter: number;
  createdAt: number;
  rotatedAt: number;
  expiresAt: number;
  ended: boolean;
  /** Until when its newest access token is taken. */
  accessUntil: number;
}

export interface Lifetimes {
  access: number;
  grace: number;
  idle: number;
  absolute: number;
}

/** The rules of sessions in their plainest form, of one person. */
export class SessionModel {
  now = 0;
  isDisabled = false;
  readonly sessions: ModelSession[] = [];

  constructor(private readonly lifetimes: Lifetimes) {}

  isLive({ ended, expiresAt }: ModelSession): boolean {
    return !ended && this.now < expiresAt;
  }

  /** Whether the newest access token of a session is taken. */
  mayCall(session: ModelSession): boolean {
    return this.isLive(session) && this.now < session.accessUntil;
  }

  signIn(): boolean {
    if (this.isDisabled) return false;
    const { now, lifetimes } = this;
    const began = {
      createdAt: now,
      rotatedAt: now,
      expiresAt: now + lifetimes.idle,
      accessUntil: now + lifetimes.access,
    };
    this.sessions.push({ ...began, counter: 0, ended: false });
    return true;
  }

  /** @returns the counter of the refresh token that is answered; nothing for a refusal */
  refresh(session: ModelSession, back: number): number | undefined {
    if (!this.isLive(session)) return undefined;
    if (back === 0) {
      session.counter += 1;
      session.rotatedAt = this.now;
      session.expiresAt = Math.min(this.now + this.lifetimes.idle, session.createdAt + this.lifetimes.absolute);
    } else if (back > 1 || this.now >= session.rotatedAt + this.lifetimes.grace) {
      session.ended = true; // somebody has a copy
      return undefined;
    }
    session.accessUntil = this.now + this.lifetimes.access;
    return session.counter;
  }

  /** @returns whether it was there to be ended: one that has merely run out is */
  end(session: ModelSession): boolean {
    const wasThere = !session.ended;
    session.ended = true;
    return wasThere;
  }

  endAll(except?: ModelSession): void {
    for (const session of this.sessions) if (session !== except) session.ended = true;
  }
}
