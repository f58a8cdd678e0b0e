import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';

const MAC_BYTES = 32;

/**
 * Makes and reads opaque tokens: a fixed-length payload and an HMAC-SHA-256 under a key that the database does not
 * hold, so that neither a copy of the database nor a guess yields one. Deterministic: the same payload is the same token.
 */
export class TokenSeal {
  /** A KeyObject: an HMAC under a Buffer takes six times as long, and a refresh needs three. */
  private readonly key: KeyObject;

  /**
   * @param secret at least 32 random bytes
   * @param prefix names the kind of token; part of what is authenticated, and what secret scanners look for
   * @param payloadBytes length of the payload; with the MAC a multiple of three, so that no character has bits to spare
   */
  constructor(
    secret: Buffer,
    private readonly prefix: string,
    private readonly payloadBytes: number,
  ) {
    if ((payloadBytes + MAC_BYTES) % 3 !== 0) throw new RangeError('payload and MAC must fill whole base64 groups');
    this.key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', `nx-seller-identity ${prefix}`, MAC_BYTES)));
  }

  seal(payload: Buffer): string {
    return this.prefix + Buffer.concat([payload, this.mac(payload)]).toString('base64url');
  }

  /** The payload, or nothing for whatever we did not seal. */
  open(token: string): Buffer | undefined {
    const length = this.prefix.length + ((this.payloadBytes + MAC_BYTES) / 3) * 4;
    if (token.length !== length || !token.startsWith(this.prefix)) return undefined;
    const text = token.slice(this.prefix.length);
    const bytes = Buffer.from(text, 'base64url');
    // Node reads `+` and `/` as well and skips what it does not know: a token must have one spelling only.
    if (bytes.toString('base64url') !== text) return undefined;
    const payload = bytes.subarray(0, this.payloadBytes);
    return timingSafeEqual(this.mac(payload), bytes.subarray(this.payloadBytes)) ? payload : undefined;
  }

  private mac(payload: Buffer): Buffer {
    return createHmac('sha256', this.key).update(payload).digest();
  }
}
