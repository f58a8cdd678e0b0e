import { TokenSeal } from '../session/token-seal.js';

const ID_BYTES = 8;
/** Microseconds since 1970 in 56 bits: until the year 4253. */
const TIME_BYTES = 7;
const VERSION = 1;
const PAYLOAD_BYTES = 1 + ID_BYTES + TIME_BYTES;

/** Whose password may be set anew, and since when; the time is the database's, in microseconds since 1970. */
export interface ResetClaim {
  userId: string;
  issuedAt: string;
}

/**
 * Reads and writes the tokens that let a forgotten password be set anew. Nothing is kept of them: a token is good as long
 * as the password is still the one of its time, so that using one, or changing the password otherwise, ends them all.
 */
export class ResetTokens {
  private readonly seal: TokenSeal;

  /** @param secret what REFRESH_TOKEN_KEY_FILE holds; the prefix makes a key of its own of it */
  constructor(secret: Buffer) {
    this.seal = new TokenSeal(secret, 'nxp_', PAYLOAD_BYTES);
  }

  write({ userId, issuedAt }: ResetClaim): string {
    const [id, time] = [Buffer.alloc(ID_BYTES), Buffer.alloc(1 + TIME_BYTES)];
    id.writeBigUInt64BE(BigInt(userId));
    time.writeBigUInt64BE(BigInt(issuedAt));
    return this.seal.seal(Buffer.concat([Buffer.of(VERSION), id, time.subarray(1)]));
  }

  read(token: string): ResetClaim | undefined {
    const payload = this.seal.open(token);
    if (payload?.readUInt8(0) !== VERSION) return undefined;
    const time = Buffer.concat([Buffer.of(0), payload.subarray(1 + ID_BYTES)]);
    return { userId: payload.readBigUInt64BE(1).toString(), issuedAt: time.readBigUInt64BE(0).toString() };
  }
}
