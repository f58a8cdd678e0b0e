import { createClient } from './generated/hey-api/client/index.js';
import {
  checkPolicy,
  refreshTokens,
  searchUsers,
  signIn,
  signUp,
  verifyCode,
  whoAmI,
} from './generated/hey-api/sdk.gen.js';
import type { Identifier, Problem, Tokens, UserRecord } from './generated/hey-api/types.gen.js';
import type { Given, Seen } from './journey.mjs';

/** The journey through the client of `@hey-api/openapi-ts`. It compiles only if the document says what is answered. */
export async function journey(given: Given): Promise<Seen> {
  let tokens: Tokens | undefined;
  const baseUrl = given.origin;
  const client = createClient({ baseUrl, auth: () => tokens?.accessToken });
  const throwOnError = true;

  const identifier: Identifier = { scheme: 'email', value: given.email };
  const credential = { scheme: 'password', value: given.password } as const;
  const { data: started } = await signUp({ client, throwOnError, body: { identifier, credential } });
  if (!('challengeId' in started)) throw new Error('an address is proven first');
  const { challengeId } = started;
  const code = await given.readCode();
  const body = { namespace: 'verify-email', identifier, challengeId, code } as const;
  const { data: completed } = await verifyCode({ client, throwOnError, body });
  if (!('verified' in completed && 'accessToken' in completed)) throw new Error('the sign-up is not completed');

  ({ data: tokens } = await signIn({ client, throwOnError, body: { identifier, credential } }));
  const before = await whoAmI({ client, throwOnError });
  ({ data: tokens } = await refreshTokens({ client, throwOnError, body: { refreshToken: tokens.refreshToken } }));
  const after = await whoAmI({ client, throwOnError });

  const wrong = await signIn({ client, body: { identifier, credential: { ...credential, value: 'not this one' } } });
  const refused = await signUp({ client, body: { identifier: { ...identifier, value: 'nobody' }, credential } });

  const service = createClient({ baseUrl, auth: `${given.service.name}:${given.service.secret}` });
  const subject = { type: 'User', id: before.data.userId };
  const { data: check } = await checkPolicy({
    client: service,
    throwOnError,
    body: { subject, object: 'orders', action: 'read' },
  });

  const administrator = createClient({ baseUrl, auth: given.administrator });
  const accounts: UserRecord[] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = { limit: 1, ...(cursor !== null && { cursor }) };
    const { data: page } = await searchUsers({ client: administrator, throwOnError, query });
    accounts.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);

  return {
    userId: before.data.userId,
    names: [before, after].flatMap(({ data }) => data.identifiers.map(({ value }) => value)),
    problems: [wrong.error, refused.error].map(toSeen),
    allowed: check.allowed,
    listed: accounts.map(({ id }) => id),
  };
}

function toSeen(problem: Problem | undefined): Seen['problems'][number] {
  return { code: problem?.code ?? 'none', fields: problem?.errors?.map(({ path }) => path) ?? [] };
}
