import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto';

interface Pepper {
  id: string;
  key: KeyObject;
}

/** What a code is bound to. */
export interface Bound {
  namespace: string;
  identifier: string;
  challengeId: string;
}

/** MACs under one pepper, in hex. */
export interface Macs {
  pepper: string;
  code: string;
  challenge: string;
}

/** Makes what Redis keeps of codes: nothing there yields one without the pepper. */
export class CodeMacs {
  private readonly peppers: Pepper[];

  /** @param secrets the pepper of today and, while it is being changed, the one before */
  constructor(secrets: { current: Buffer; previous?: Buffer }) {
    const live = [secrets.current, ...(secrets.previous ? [secrets.previous] : [])];
    this.peppers = live.map((secret) => ({
      id: createHash('sha256').update('nx-seller-identity otp pepper').update(secret).digest('hex').slice(0, 8),
      key: createSecretKey(secret),
    }));
  }

  /** For a new code: under the pepper of today. */
  current(bound: Bound, code: string): Macs {
    return macs(this.peppers[0] as Pepper, bound, code);
  }

  /** For a code that was entered: under each live pepper. */
  all(bound: Bound, code: string): Macs[] {
    return this.peppers.map((pepper) => macs(pepper, bound, code));
  }
}

function macs({ id, key }: Pepper, { namespace, identifier, challengeId }: Bound, code: string): Macs {
  return {
    pepper: id,
    challenge: mac(key, ['challenge', namespace, identifier, challengeId]),
    code: mac(key, ['code', namespace, identifier, challengeId, code]),
  };
}

/** Each part with its length, so that no two lists of parts make one text. */
function mac(key: KeyObject, parts: string[]): string {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(`${Buffer.byteLength(part)}:`).update(part);
  return hmac.digest('hex');
}
