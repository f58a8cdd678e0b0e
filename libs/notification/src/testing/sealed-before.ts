import { createCipheriv, randomBytes } from 'node:crypto';

/** As the older service sealed. */
export function sealedBefore(text: string, secret: string): string {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-gcm', secret.slice(0, 32).padEnd(32, '0'), iv);
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), ciphertext]).toString('base64');
}
