import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/** What a code is for and whose it is. `identifier` is the canonical value. */
export interface CodeSubject {
  namespace: string;
  identifier: string;
}

/** What a person has to bring together. */
export interface Answer {
  challengeId: string;
  code: string;
}

/** An answer as Redis may hold it: under a pepper that Redis does not have, in hexadecimal digits. */
export interface AnswerMacs {
  pepperId: string;
  challenge: string;
  code: string;
}

interface Pepper {
  id: string;
  key: KeyObject;
}

/**
 * Turns codes into MACs (HMAC-SHA-256). A million codes are searched in a second, so a plain digest of one would be the
 * code itself to whoever reads Redis or a backup of it. Two peppers may be live: new codes get the current one.
 */
export class CodeMacs {
  private readonly current: Pepper;
  private readonly live: Pepper[];

  constructor({ current, previous }: { current: Buffer; previous?: Buffer }) {
    this.current = toPepper(current);
    this.live = previous ? [this.current, toPepper(previous)] : [this.current];
  }

  /** MACs of a new code. */
  make(subject: CodeSubject, answer: Answer): AnswerMacs {
    return macs(this.current, subject, answer);
  }

  /** MACs of an answer under each live pepper; the store knows which one the pending code is under. */
  candidates(subject: CodeSubject, answer: Answer): AnswerMacs[] {
    return this.live.map((pepper) => macs(pepper, subject, answer));
  }
}

function macs({ id, key }: Pepper, { namespace, identifier }: CodeSubject, answer: Answer): AnswerMacs {
  const { challengeId, code } = answer;
  return {
    pepperId: id,
    challenge: mac(key, 'challenge', namespace, identifier, challengeId),
    code: mac(key, 'code', namespace, identifier, challengeId, code),
  };
}

/** Each part behind its length: else `a` + `bc` would be `ab` + `c`, and a code of one address another one's. */
function mac(key: KeyObject, ...parts: string[]): string {
  const lengths = parts.map((part) => Buffer.byteLength(part));
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + 4 + length, 0));
  let at = 0;
  for (const [index, part] of parts.entries()) {
    at = bytes.writeUInt32BE(lengths[index] ?? 0, at);
    at += bytes.write(part, at);
  }
  return createHmac('sha256', key).update(bytes).digest('hex');
}

/** The id tells which of two live peppers a code is under and nothing about it. */
function toPepper(secret: Buffer): Pepper {
  const key = createSecretKey(secret);
  return { id: mac(key, 'pepper id').slice(0, 8), key };
}
