import { createCipheriv, createDecipheriv, createHash, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { randomBytes } from '@platform/kernel';

/** What a box is made with: the secret of today, and the one before while it is being changed. */
export interface BoxSecrets {
  current: Buffer;
  previous?: Buffer;
}

interface BoxKey {
  id: string;
  key: KeyObject;
}

const ALGORITHM = 'aes-256-gcm';
const VERSION = 'v1';
const KEY_BYTES = 32;
const NONCE_BYTES = 12; // NIST SP 800-38D, section 8.2.2: 96 random bits
const TAG_BYTES = 16;

/** A sealed text that cannot be opened: altered, meant for another place, or under a key that is gone. */
export class UnopenableBox extends Error {
  constructor(reason: string) {
    super(`A sealed value cannot be opened: ${reason}.`);
    this.name = 'UnopenableBox';
  }
}

/**
 * Seals small texts with AES-256-GCM: `v1.<key id>.<base64url of nonce ‖ ciphertext ‖ tag>`. Each purpose has a key of
 * its own, derived by HKDF, so that a sealed job cannot be passed off as a credential.
 */
export class SecretBox {
  private readonly keys: BoxKey[];

  /** @param purpose what is sealed, such as `credential` */
  constructor({ current, previous }: BoxSecrets, purpose: string) {
    this.keys = [current, ...(previous ? [previous] : [])].map((secret) => deriveKey(secret, purpose));
  }

  /** @param context where the text belongs, such as the code of its row: it opens nowhere else */
  seal(text: string, context: string): string {
    const [{ id, key }] = this.keys as [BoxKey];
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(context));
    const bytes = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${VERSION}.${id}.${bytes.toString('base64url')}`;
  }

  /** @throws UnopenableBox, whose message holds nothing of what was sealed */
  open(sealed: string, context: string): string {
    const [version, id, text = ''] = sealed.split('.');
    if (version !== VERSION) throw new UnopenableBox('it is of no version that is known');
    const key = this.keys.find((each) => each.id === id)?.key;
    if (!key) throw new UnopenableBox('its key is not among those that are live');
    const bytes = Buffer.from(text, 'base64url');
    // Node skips what is not base64url: a sealed text must have one spelling only.
    if (bytes.toString('base64url') !== text) throw new UnopenableBox('it was altered');
    if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new UnopenableBox('it is too short');
    try {
      const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-TAG_BYTES));
      const opened = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
      return opened.toString('utf8');
    } catch {
      throw new UnopenableBox('it was altered, or belongs elsewhere');
    }
  }

  /** Whether a sealed text is under the key of today. */
  isCurrent(sealed: string): boolean {
    return sealed.startsWith(`${VERSION}.${this.keys[0]?.id}.`);
  }
}

/** The id tells which of two live keys to use and nothing about them. */
function deriveKey(secret: Buffer, purpose: string): BoxKey {
  const bytes = Buffer.from(hkdfSync('sha256', secret, '', `nx-seller-identity ${purpose}`, KEY_BYTES));
  const id = createHash('sha256').update(bytes).digest('hex').slice(0, 8);
  return { id, key: createSecretKey(bytes) };
}
