import { randomBytes } from 'node:crypto';
import { PASSWORD } from '../../support/people.ts';
import { freshAddress, freshPhone } from '../fresh-identifiers.ts';
import { Caller, complain, note } from './caller.ts';
import { codeFor } from './inboxes.ts';

interface Tokens {
  accessToken: string;
  refreshToken: string;
}
interface Identifier {
  scheme: 'email' | 'phone' | 'username';
  value: string;
}
type Namespace = 'verify-email' | 'phone-auth' | 'forgot-password';

const REFRESHES = 3;
const NEW_PASSWORD = 'four words of another kind';
const bearer = ({ accessToken }: Tokens) => ({ authorization: `Bearer ${accessToken}` });
const credentials = (identifier: Identifier, password = PASSWORD) => ({
  body: { identifier, credential: { scheme: 'password', value: password } },
});

export async function refresh(caller: Caller, { refreshToken }: Tokens): Promise<Tokens> {
  return await caller.send<Tokens>('POST /auth/token/refresh', 200, { body: { refreshToken } });
}

export async function whoAmI(caller: Caller, tokens: Tokens): Promise<void> {
  await caller.send('GET /auth/who-am-i', 200, bearer(tokens));
}

async function signOut(caller: Caller, { refreshToken }: Tokens): Promise<void> {
  await caller.send('POST /auth/sign-out', 204, { body: { refreshToken } });
}

/** Somebody new, who is signed in. */
export async function signUp(caller: Caller): Promise<{ identifier: Identifier; tokens: Tokens }> {
  const identifier: Identifier = { scheme: 'username', value: `soak${randomBytes(8).toString('hex')}` };
  const tokens = await caller.send<Tokens>('POST /auth/sign-up', 201, credentials(identifier));
  return { identifier, tokens };
}

/** With a name and a password, which is mistyped once. */
export async function byName(origin: string): Promise<void> {
  const caller = new Caller(origin);
  const { identifier, tokens } = await signUp(caller);
  await whoAmI(caller, tokens);
  let next = tokens;
  for (let times = 0; times < REFRESHES; times += 1) next = await refresh(caller, next);
  await signOut(caller, next);
  await caller.send('POST /auth/sign-in', 401, credentials(identifier, 'not what it is at all'));
  await signOut(caller, await caller.send<Tokens>('POST /auth/sign-in', 200, credentials(identifier)));
}

/** With an e-mail address, and a password that is forgotten. */
export async function byMail(origin: string): Promise<void> {
  const caller = new Caller(origin);
  const identifier: Identifier = { scheme: 'email', value: freshAddress() };
  const signingUp = () =>
    caller.send<{ challengeId: string }>('POST /auth/sign-up, by mail', 202, {
      ...credentials(identifier),
      path: '/v1/api/identity/auth/sign-up',
    });
  const tokens = await prove<Tokens>(caller, 'verify-email', identifier, signingUp);
  await whoAmI(caller, tokens);
  const { resetToken } = await prove<{ resetToken: string }>(caller, 'forgot-password', identifier);
  await caller.send('POST /auth/password/reset', 204, { body: { resetToken, newPassword: NEW_PASSWORD } });
  await signOut(caller, await caller.send<Tokens>('POST /auth/sign-in', 200, credentials(identifier, NEW_PASSWORD)));
}

/** With a phone number, which opens an account. */
export async function byPhone(origin: string): Promise<void> {
  const caller = new Caller(origin);
  const tokens = await prove<Tokens>(caller, 'phone-auth', { scheme: 'phone', value: freshPhone() });
  await whoAmI(caller, tokens);
  await signOut(caller, await refresh(caller, tokens));
}

/** Has a code sent, mistypes it once, and gives it. @returns what it is good for */
async function prove<Proof>(
  caller: Caller,
  namespace: Namespace,
  identifier: Identifier,
  ask = () => caller.send<{ challengeId: string }>('POST /otp/request', 202, { body: { namespace, identifier } }),
): Promise<Proof> {
  const began = performance.now();
  const { challengeId } = await ask();
  const channel = identifier.scheme === 'phone' ? 'SMS' : 'mail';
  const code = await codeFor(identifier.value).catch((error: unknown) => Promise.reject(complain(channel, error)));
  note(`a code by ${channel}, from the request to the inbox`, performance.now() - began);
  const body = { namespace, identifier, challengeId };
  const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
  await caller.send('POST /otp/verify', 401, { body: { ...body, code: wrong } });
  return await caller.send<Proof>('POST /otp/verify', 200, { body: { ...body, code } });
}
