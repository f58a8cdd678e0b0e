import { EndSessions } from '@identity/auth';
import { Database } from '@platform/database';
import { signUpAdministrator } from './administrators.js';
import { PASSWORD, type Tokens } from './client.js';
import { runIdentity } from './run-identity.js';
import type { TestService } from './start-service.js';

type Person = Awaited<ReturnType<TestService['client']['signUp']>>;

interface Way {
  /** Why, as the feed of ended sessions says. */
  reason: string;
  /** Ends the session of somebody who has just signed up. */
  end: (person: Person, service: TestService) => Promise<unknown>;
}

/** Every way a session ends. */
export const WAYS_TO_END: Record<string, Way> = {
  'a sign-out': {
    reason: 'signed-out',
    end: ({ refreshToken }, { client }) => client.post('/auth/sign-out', { refreshToken }),
  },
  'a sign-out everywhere': {
    reason: 'signed-out-everywhere',
    end: ({ accessToken }, service) => service.client.post('/auth/sign-out-all', undefined, accessToken),
  },
  'its owner': {
    reason: 'ended-by-user',
    end: ({ accessToken, sessionId }, service) =>
      service.client.send('DELETE', `/sessions/${sessionId}`, { token: accessToken }),
  },
  theft: {
    reason: 'theft',
    end: async ({ refreshToken }, service) => {
      const next = (await service.client.refresh(refreshToken)).body as Tokens;
      await service.client.refresh(next.refreshToken);
      await service.client.refresh(refreshToken);
    },
  },
  'a change of the password': {
    reason: 'password-changed',
    end: async ({ username }, service) => {
      const { accessToken: token } = (await service.client.signIn(username)).body as Tokens;
      const body = { currentPassword: PASSWORD, newPassword: 'four words of another kind' };
      await service.client.send('POST', '/auth/password/change', { token, body });
    },
  },
  'a reset of the password': {
    reason: 'password-reset',
    end: async ({ userId }, service) => {
      const ending = service.app.get(EndSessions, { strict: false });
      await service.app
        .get(Database, { strict: false })
        .transaction((transaction) => ending.endAll(userId, 'password-reset', transaction));
    },
  },
  'the deletion of the account': {
    reason: 'deleted',
    end: ({ accessToken }, service) => service.client.send('DELETE', '/users/me', { token: accessToken }),
  },
  'one session too many': {
    reason: 'too-many',
    end: async ({ userId, username }, service) => {
      await service.sql(
        `INSERT INTO "Session" (id, user_id, device_id, amr, audience, expires_at)
         SELECT max_id + n, $1, 'd', '{pwd}', 'a', now() + interval '1 day'
         FROM generate_series(1, 99) n, (SELECT max(id) AS max_id FROM "Session") m`,
        [userId],
      );
      await service.client.signIn(username);
    },
  },
  'an administrator, by disabling the account': {
    reason: 'disabled',
    end: async ({ userId }, service) => {
      const { accessToken: token } = await signUpAdministrator(service);
      await service.client.send('POST', `/admin/users/${userId}/disable`, { token });
    },
  },
  'an operator': {
    reason: 'ended-by-operator',
    end: async ({ username }, service) => {
      const { code, err } = await runIdentity(service.env, ['users', 'end-sessions', `username:${username}`]);
      if (code !== 0) throw new Error(err);
    },
  },
  'a statement by hand': {
    reason: 'ended-by-operator',
    end: ({ sessionId }, { sql }) => sql('UPDATE "Session" SET ended_at = now() WHERE id = $1', [sessionId]),
  },
  'a statement by hand that disables its user': {
    reason: 'disabled',
    end: ({ userId }, service) => service.sql(`UPDATE "User" SET status = 'disabled' WHERE id = $1`, [userId]),
  },
  'a statement by hand that removes it': {
    reason: 'ended-by-operator',
    end: ({ sessionId }, service) => service.sql('DELETE FROM "Session" WHERE id = $1', [sessionId]),
  },
};
