import { poll } from '@platform/testing';
import type { Answer, Client } from './client.js';

type Namespace = 'verify-email' | 'phone-auth' | 'forgot-password';

const schemeOf = (value: string) => (value.startsWith('+') ? 'phone' : 'email');

/** A guess like any, and yet never right by chance: codes have six digits. */
export const WRONG_CODE = '0000000';

/** What names the owner of an e-mail address or a phone number. */
export const addressed = (value: string) => ({ scheme: schemeOf(value), value });

/** `POST /otp/request`. */
export function requestCode(client: Client, namespace: Namespace, value: string): Promise<Answer> {
  return client.post('/otp/request', { namespace, identifier: addressed(value) });
}

/** `POST /otp/verify`. */
export function verifyCode(
  client: Client,
  namespace: Namespace,
  value: string,
  challengeId: unknown,
  code: string,
): Promise<Answer> {
  return client.post('/otp/verify', { namespace, identifier: addressed(value), challengeId, code });
}

/** Repeats a call until the pause after a code before is over. */
export function afterPause(call: () => Promise<Answer>): Promise<Answer> {
  return poll('the end of the pause', 10, async () => {
    const answer = await call();
    return answer.body.code === 'otp.cooldown' ? undefined : answer;
  });
}
