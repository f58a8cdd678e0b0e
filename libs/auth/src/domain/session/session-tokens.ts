import { randomBytes } from '@platform/kernel';
import { TokenSeal } from './token-seal.js';

const DEVICE_ID_BYTES = 16;
const ID_BYTES = 8;
const COUNTER_BYTES = 4;
/** Milliseconds since 1970. */
const TIME_BYTES = 6;
/** One byte that fills the base64 group and says which layout this is. */
const VERSION = 1;

/** Reads and writes refresh tokens and device tokens. Ids are decimal strings. */
export class SessionTokens {
  private readonly refresh: TokenSeal;
  private readonly device: TokenSeal;

  /** @param secret what REFRESH_TOKEN_KEY_FILE holds */
  constructor(secret: Buffer) {
    this.refresh = new TokenSeal(secret, 'nxr_', 1 + ID_BYTES + COUNTER_BYTES);
    this.device = new TokenSeal(secret, 'nxd_', 1 + ID_BYTES + TIME_BYTES + DEVICE_ID_BYTES);
  }

  /** The refresh token of a session at a counter; asked for twice it is the same, which is what makes a race harmless. */
  sealRefresh(sessionId: string, counter: number): string {
    const payload = Buffer.alloc(1 + ID_BYTES + COUNTER_BYTES);
    payload.writeUInt8(VERSION, 0);
    payload.writeBigUInt64BE(BigInt(sessionId), 1);
    payload.writeUInt32BE(counter, 1 + ID_BYTES);
    return this.refresh.seal(payload);
  }

  openRefresh(token: string): { sessionId: string; counter: number } | undefined {
    const payload = this.refresh.open(token);
    if (payload?.readUInt8(0) !== VERSION) return undefined;
    return { sessionId: payload.readBigUInt64BE(1).toString(), counter: payload.readUInt32BE(1 + ID_BYTES) };
  }

  /**
   * Proves that this device has signed this user in before; good for a failure count of its own and nothing else.
   * @param issuedAt lets it be told from tokens that were made before a change of the password
   */
  sealDevice(userId: string, deviceId: string, issuedAt: Date): string {
    const payload = Buffer.alloc(1 + ID_BYTES + TIME_BYTES);
    payload.writeUInt8(VERSION, 0);
    payload.writeBigUInt64BE(BigInt(userId), 1);
    payload.writeUIntBE(issuedAt.getTime(), 1 + ID_BYTES, TIME_BYTES);
    return this.device.seal(Buffer.concat([payload, Buffer.from(deviceId, 'base64url')]));
  }

  openDevice(token: string): { userId: string; deviceId: string; issuedAt: Date } | undefined {
    const payload = this.device.open(token);
    if (payload?.readUInt8(0) !== VERSION) return undefined;
    return {
      userId: payload.readBigUInt64BE(1).toString(),
      deviceId: payload.subarray(1 + ID_BYTES + TIME_BYTES).toString('base64url'),
      issuedAt: new Date(payload.readUIntBE(1 + ID_BYTES, TIME_BYTES)),
    };
  }

  newDeviceId(): string {
    return randomBytes(DEVICE_ID_BYTES).toString('base64url');
  }
}
