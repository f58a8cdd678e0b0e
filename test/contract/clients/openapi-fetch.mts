import createClient from 'openapi-fetch';
import type { components, paths } from './generated/openapi-typescript.js';
import type { Given, Seen } from './journey.mjs';

type Schemas = components['schemas'];

/** The journey through `openapi-fetch` with the types of `openapi-typescript`. */
export async function journey(given: Given): Promise<Seen> {
  const baseUrl = given.origin;
  const api = createClient<paths>({ baseUrl });
  const bearing = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });

  const identifier: Schemas['Identifier'] = { scheme: 'email', value: given.email };
  const credential: Schemas['Credential'] = { scheme: 'password', value: given.password };
  const started = dataOf(await api.POST('/v1/api/identity/auth/sign-up', { body: { identifier, credential } }));
  if (!('challengeId' in started)) throw new Error('an address is proven first');
  const { challengeId } = started;
  const code = await given.readCode();
  const body: Schemas['OtpVerification'] = { namespace: 'verify-email', identifier, challengeId, code };
  const completed = dataOf(await api.POST('/v1/api/identity/otp/verify', { body }));
  if (!('verified' in completed && 'accessToken' in completed)) throw new Error('the sign-up is not completed');

  const signIn = await api.POST('/v1/api/identity/auth/sign-in', { body: { identifier, credential } });
  const { accessToken, refreshToken } = dataOf(signIn);
  const before = dataOf(await api.GET('/v1/api/identity/auth/who-am-i', bearing(accessToken)));
  const renewed = dataOf(await api.POST('/v1/api/identity/auth/token/refresh', { body: { refreshToken } }));
  const after = dataOf(await api.GET('/v1/api/identity/auth/who-am-i', bearing(renewed.accessToken)));
  // What a call may leave out need not be sent.
  const newPassword = `${given.password} anew`;
  const change: Schemas['PasswordChange'] = { currentPassword: given.password, newPassword };
  await api.POST('/v1/api/identity/auth/password/change', { ...bearing(renewed.accessToken), body: change });

  const wrong = await api.POST('/v1/api/identity/auth/sign-in', { body: { identifier, credential } });
  const nobody: Schemas['Identifier'] = { ...identifier, value: 'nobody' };
  const refused = await api.POST('/v1/api/identity/auth/sign-up', { body: { identifier: nobody, credential } });

  const basic = Buffer.from(`${given.service.name}:${given.service.secret}`).toString('base64');
  const check = await api.POST('/v1/api/identity/internal/policies/check', {
    headers: { Authorization: `Basic ${basic}` },
    body: { subject: { type: 'User', id: before.userId }, object: 'orders', action: 'read' },
  });

  const accounts: Schemas['UserRecord'][] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = { limit: 1, ...(cursor !== null && { cursor }) };
    const page: Schemas['UserRecordPage'] = dataOf(
      await api.GET('/v1/api/identity/admin/users', { ...bearing(given.administrator), params: { query } }),
    );
    accounts.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);

  return {
    userId: before.userId,
    names: [before, after].flatMap(({ identifiers }) => identifiers.map(({ value }) => value)),
    problems: [wrong.error, refused.error].map(toSeen),
    allowed: dataOf(check).allowed,
    listed: accounts.map(({ id }) => id),
  };
}

function dataOf<Data>({ data, error }: { data?: Data; error?: Schemas['Problem'] }): Data {
  if (data === undefined) throw new Error(error?.code ?? 'no answer');
  return data;
}

function toSeen(problem: Schemas['Problem'] | undefined): Seen['problems'][number] {
  return { code: problem?.code ?? 'none', fields: problem?.errors?.map(({ path }) => path) ?? [] };
}
