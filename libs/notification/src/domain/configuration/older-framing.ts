import { createDecipheriv } from 'node:crypto';

const IV_BYTES = 16;
const TAG_BYTES = 16;
const KEY_CHARACTERS = 32;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * Opens what an older service sealed: base64 of IV ‖ tag ‖ ciphertext, AES-256-GCM without associated data, so that
 * nothing binds it to its row. Read only; what we write is a SecretBox.
 * @param secrets texts that may be the one it was sealed under
 * @returns nothing when none of them is
 */
export function openOlderFraming(sealed: string, secrets: string[]): string | undefined {
  if (!BASE64.test(sealed)) return undefined;
  const bytes = Buffer.from(sealed, 'base64');
  if (bytes.length < IV_BYTES + TAG_BYTES) return undefined;
  for (const secret of secrets) {
    const opened = openUnder(olderKey(secret), bytes);
    if (opened !== undefined) return opened;
  }
  return undefined;
}

/** The older service made its key of the text itself: cut to 32 characters, or filled up with zeros. */
function olderKey(secret: string): Buffer {
  return Buffer.from(secret.slice(0, KEY_CHARACTERS).padEnd(KEY_CHARACTERS, '0'));
}

function openUnder(key: Buffer, bytes: Buffer): string | undefined {
  if (key.length !== KEY_CHARACTERS) return undefined; // beyond ASCII characters are no bytes; that service failed too
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    const opened = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
    return opened.toString('utf8');
  } catch {
    return undefined; // the tag says that it is another key
  }
}
