import { expect } from 'vitest';
import { freePort, poll } from '@platform/testing';
import { requestCode, verifyCode } from '../../support/codes.js';
import { randomPhone } from '../../support/addresses.js';
import { failedNotice, failures, guess, lockedPhone } from '../support/troubles.js';
import { logged } from '../support/world.js';
import {
  codesArrive,
  linesOf,
  publishedKids,
  publishes,
  refreshStatus,
  rolls,
  scales,
  signingKid,
  signInStatus,
  somebody,
} from './checks.js';
import type { Expectation, Expectations, Scene } from './expectation.js';

/** What one block leaves for the next ones. */
const kept = { username: '', refreshToken: '', phone: '', challengeId: '', code: '', kids: [] as string[], kid: '' };
const MAX_FAILURES = 10;

async function newcomer(scene: Scene): Promise<Record<string, string>> {
  const { username, identifier, refreshToken, userId } = await somebody(scene);
  Object.assign(kept, { username, refreshToken });
  return { IDENTIFIER: identifier, USER_ID: userId };
}

async function locked(scene: Scene): Promise<Record<string, string>> {
  const phone = await lockedPhone(scene);
  expect((await requestCode(await scene.client(), 'phone-auth', phone)).body['code']).toBe('otp.locked');
  return { PHONE: phone };
}

async function unlocked({ shell, ...scene }: Scene): Promise<void> {
  const { status } = await requestCode(await scene.client(), 'phone-auth', shell.variables['PHONE'] ?? '');
  expect(status).toBe(202);
}

const rolling = rolls('api', 'worker');

const revokes: Expectation = {
  given: async (scene) => {
    kept.kid = await signingKid(scene);
    return { KID: kept.kid };
  },
  after: async (scene) => {
    await publishes(scene, (kids) => !kids.includes(kept.kid) && kids.length > 0);
  },
};

/** The part "Common operations". */
export const OPERATIONS: Expectations = {
  'Read the logs 1': { says: /"level":"error"/ },
  'Read the logs 2': {
    given: async (scene) => {
      const phone = randomPhone();
      const client = await scene.client();
      const { headers } = await requestCode(client, 'phone-auth', phone);
      await scene.messaging.code(phone);
      const id = headers.get('x-request-id') ?? '';
      await logged(scene.worker, new RegExp(id));
      return { REQUEST_ID: id };
    },
    says: /"mode":"api"[\s\S]*"mode":"worker"/,
  },
  'Read the logs 3': {
    given: async (scene) => {
      const { accessToken, userId } = await somebody(scene);
      await (await scene.client()).get('/auth/who-am-i', accessToken);
      await logged(scene.api, new RegExp(`"userId":"${userId}"`));
      return { USER_ID: userId };
    },
    says: /"userId":/,
  },
  'Look at probes and metrics 1': {
    given: async (scene) => {
      await scene.api.settled();
      return { LOCAL: String(await freePort()) };
    },
    says: /"status":"ok"[\s\S]*identity_signing_keys[\s\S]*identity_dependency_up/,
  },
  'Somebody cannot sign in 1': {
    given: ({ ana }) => ({ IDENTIFIER: `email:${ana.email}` }),
    says: /active[\s\S]*sign-in\.succeeded/,
  },
  'A code does not come, or is locked 1': { given: locked, says: /LOCKED|locked +\d+/i },
  'A code does not come, or is locked 2': { says: /true/, after: unlocked },
  'Disable, enable, sign out 1': {
    given: newcomer,
    says: /true/,
    after: async (scene) => {
      expect(await refreshStatus(scene, kept.refreshToken)).toBe(401);
      expect(await signInStatus(scene, kept.username)).toBe(200);
    },
  },
  'Disable, enable, sign out 2': {
    says: /true/,
    after: async (scene) => {
      expect(await signInStatus(scene, kept.username)).not.toBe(200);
    },
  },
  'Disable, enable, sign out 3': {
    says: /true/,
    after: async (scene) => {
      expect(await signInStatus(scene, kept.username)).toBe(200);
    },
  },
  'Add an administrator 1': {
    given: () => ({ ADMIN: 'night.admin' }),
    says: /password/i,
    after: async ({ sql }) => {
      const rows = await sql(`SELECT FROM "UserIdentifier" WHERE value = 'night.admin'`);
      expect(rows).toHaveLength(1);
    },
  },
  'Tighten and lift limits 1': { says: /created/ },
  'Tighten and lift limits 2': {
    says: /removed/,
    after: async ({ sql }) => {
      expect(await sql(`SELECT FROM public."Configuration" WHERE code = 'identity.limits.otp'`)).toEqual([]);
    },
  },
  'Messages that failed 1': {
    given: async (scene) => ({ JOB: await failedNotice(scene, scene.ana) }),
    says: /password-changed/,
  },
  'Messages that failed 2': {
    says: /RETRIED|retried +1/i,
    after: async (scene) => {
      await scene.messaging.idle();
      expect(await failures(scene)).not.toContain(scene.shell.variables['JOB']);
    },
  },
  'Messages that failed 3': {
    given: async (scene) => ({ JOB: await failedNotice(scene, scene.ana) }),
    says: /retried/i,
    after: async (scene) => {
      await scene.messaging.idle();
      expect(await failures(scene)).not.toContain(scene.shell.variables['JOB']);
    },
  },
  'Another mail relay or SMS provider 1': { says: /identity\.mail\.smtp[\s\S]*identity\.sms\.second/ },
  'Another mail relay or SMS provider 2': { given: () => ({ PROVIDER: 'second' }), says: /removed/ },
  'Mute an alert 1': {
    given: ({ alertmanager }) => ({ ALERTMANAGER: alertmanager, ALERT: 'IdentityOTPSpike' }),
    says: /IdentityOTPSpike/,
    after: async ({ alertmanager }) => {
      const silences = await (await fetch(`${alertmanager}/api/v2/silences`)).json();
      expect(silences).toMatchObject([{ status: { state: 'active' }, createdBy: 'operator' }]);
    },
  },
  'Restart, scale 1': rolls('api', 'worker'),
  'Restart, scale 2': scales('worker', 2),
  'Restart, scale 3': { given: () => ({ REPLICAS: '5' }), says: /patched/ },
  'Roll back a release 1': {
    ...rolling,
    says: /REVISION[\s\S]*success/,
    given: async (scene) => ({ ...(await rolling.given?.(scene)), REVISION: '1' }),
  },
  'Migrate by hand 1': { says: /nothing, the schema is current/ },
  'Migrate by hand 2': { says: /nothing, the schema is current/ },
  'Migrate by hand 3': { says: /accounts/i },

  'Roll a secret 1': {
    given: async (scene) => {
      const phone = randomPhone();
      const { body } = await requestCode(await scene.client(), 'phone-auth', phone);
      Object.assign(kept, { phone, challengeId: body['challengeId'], code: await scene.messaging.code(phone) });
      return {};
    },
    after: async (scene) => {
      expect(linesOf(scene, 'otp.pepper')).toHaveLength(2);
      const { status } = await verifyCode(await scene.client(), 'phone-auth', kept.phone, kept.challengeId, kept.code);
      expect(status).toBe(200);
    },
  },
  'Roll a secret 2': {
    after: async (scene) => {
      expect(linesOf(scene, 'configuration.key')).toHaveLength(2);
      await scene.worker.settled();
      await codesArrive(scene);
    },
  },
  'Roll a secret 3': {
    after: async (scene) => {
      expect([linesOf(scene, 'otp.pepper').length, linesOf(scene, 'configuration.key').length]).toEqual([1, 1]);
      await scene.worker.settled();
      await codesArrive(scene);
    },
  },
  'Roll a secret 4': {
    given: newcomer,
    after: async (scene) => {
      expect(await refreshStatus(scene, kept.refreshToken)).toBe(401);
      expect(await signInStatus(scene, kept.username)).toBe(200);
    },
  },

  'Signing keys 1': { says: /signing/ },
  'Signing keys 2': {
    given: async (scene) => {
      kept.kids = await publishedKids(scene);
      return {};
    },
    after: async (scene) => {
      await publishes(scene, (kids) => kids.length === kept.kids.length + 1);
    },
  },
  'Signing keys 3': revokes,

  'When the command is not at hand 1': {
    after: ({ shell }) => {
      expect([shell.variables['DATABASE_URL'], shell.variables['REDIS_URL']]).toEqual([
        expect.stringMatching(/^postgres:/),
        expect.stringMatching(/^redis:/),
      ]);
      return Promise.resolve();
    },
  },
  'When the command is not at hand 2': { given: locked, says: /phone-auth:lock:\+84[\s\S]*^\d+$/m },
  'When the command is not at hand 3': { says: /^1$/m, after: unlocked },
  'When the command is not at hand 4': { says: /^\d+\n\d+$/m },
  'When the command is not at hand 5': { given: ({ ana }) => ({ ADDRESS: ana.email }), says: /active .* email / },
  'When the command is not at hand 6': {
    given: ({ ana }) => ({ USER_ID: ana.userId }),
    says: /expires_at[\s\S]*subject_id[\s\S]*sign-in\.succeeded/,
  },
  'When the command is not at hand 7': {
    given: newcomer,
    says: /UPDATE 1/,
    after: async (scene) => {
      expect(await refreshStatus(scene, kept.refreshToken)).toBe(401);
      expect(await signInStatus(scene, kept.username)).not.toBe(200);
    },
  },
  'When the command is not at hand: End a lock of sign-in 1': {
    given: async (scene) => {
      const variables = await newcomer(scene);
      const client = await scene.client();
      for (let count = 0; count < MAX_FAILURES; count += 1) await guess(client, kept.username);
      expect(await signInStatus(scene, kept.username)).toBe(429);
      return variables;
    },
    says: /^[1-9]\d*$/m,
    after: async (scene) => {
      // A process remembers a lock for up to a second more.
      await poll('the end of the lock', 5, async () => (await signInStatus(scene, kept.username)) === 200 || undefined);
    },
  },
};
