import { expect } from 'vitest';
import { poll } from '@platform/testing';
import { randomPhone } from '../../support/addresses.js';
import { requestCode } from '../../support/codes.js';
import { SMS_SECRET } from '../../support/messaging.js';
import { guess } from '../support/troubles.js';
import { fourthGuessIs, pauseBecomes, rolls, scales, signInStatus, somebody } from './checks.js';
import type { Expectations, Scene } from './expectation.js';

const CREATED = /created|changed/;
const REMOVED = /removed/;

async function row(scene: Scene, code: string): Promise<Record<string, unknown>> {
  const [found] = await scene.sql<{ value: Record<string, unknown> }>(
    'SELECT j_value AS value FROM public."Configuration" WHERE code = $1',
    [code],
  );
  return found?.value ?? {};
}

let disabled = '';

/** The part "Alerts" of the page, and what comes before it. */
export const ALERTS: Expectations = {
  'Before anything else 1': { says: /identity-api-\d+ [\s\S]*identity-worker-\d+ / },

  'IdentityHighErrorRate: Diagnosis 1': { says: /"level":"error"[\s\S]*^200 /m },
  'IdentityHighErrorRate: Mitigation 1': rolls('api'),
  'IdentityHighErrorRate: Mitigation 2': {
    given: async ({ api }) => {
      await api.settled();
      return { POD: api.pods[0]!.name };
    },
    after: async ({ api, shell }) => {
      await api.settled();
      expect(api.pods.map(({ name }) => name)).not.toContain(shell.variables['POD']);
      expect(api.pods).toHaveLength(1);
    },
  },
  'IdentityHighErrorRate: Mitigation 3': scales('api', 2),

  'IdentityJWKSDown: Diagnosis 1': { says: /"level":"(error|fatal)"[\s\S]*JWKS_DIR[\s\S]*^200 .*"kid"/m },
  'IdentityJWKSDown: Mitigation 1': rolls('api'),
  'IdentityJWKSDown: Mitigation 2': rolls('api'),

  'IdentityMailFailures: Diagnosis 1': { says: /"reason":"smtp 550[\s\S]*identity\.mail\.smtp[\s\S]*QUEUE/ },
  'IdentityMailFailures: Mitigation 1': {
    given: async (scene) => ({
      SMTP_PASSWORD: 'a new password',
      SMTP_JSON: JSON.stringify({ ...(await row(scene, 'identity.mail.smtp')), from: 'Other <other@nx-seller.test>' }),
    }),
    says: CREATED,
    after: async (scene) => {
      expect(await row(scene, 'identity.mail.smtp')).toMatchObject({ from: 'Other <other@nx-seller.test>' });
    },
  },

  'IdentitySMSFailures: Diagnosis 1': { says: /"reason":"[\s\S]*cannot be used[\s\S]*identity\.sms\.vnpay/ },
  'IdentitySMSFailures: Mitigation 1': {
    given: async (scene) => ({
      PROVIDER: 'second',
      PROVIDER_JSON: JSON.stringify({ ...(await row(scene, 'identity.sms.vnpay')), order: 0 }),
      SMS_SECRET,
    }),
    says: CREATED,
    after: async (scene) => {
      const client = await scene.client();
      await poll('an SMS by the other provider', 35, async () => {
        await requestCode(client, 'phone-auth', randomPhone());
        const sent = await scene.sql(`SELECT FROM "NotificationSend" WHERE provider LIKE '%second%'`);
        return sent.length > 0 || undefined;
      });
    },
  },

  'IdentityOTPSpike: Diagnosis 1': { says: /"identifier\.value":"[^"]+"[\s\S]*EVENTS/ },
  'IdentityOTPSpike: Mitigation 1': { says: CREATED, after: pauseBecomes(300) },
  'IdentityOTPSpike: Mitigation 2': { says: REMOVED, after: pauseBecomes(1) },

  'IdentitySignInFailures: Diagnosis 1': {
    given: async (scene) => {
      await guess(await scene.client(), (await somebody(scene)).username);
      return {};
    },
    says: /10\.9\.\d+\.\d+[\s\S]*sign-in\.failed/,
  },
  'IdentitySignInFailures: Mitigation 1': { says: CREATED, after: fourthGuessIs(true) },
  'IdentitySignInFailures: Mitigation 2': { says: REMOVED, after: fourthGuessIs(false) },
  'IdentitySignInFailures: Mitigation 3': {
    given: async (scene) => {
      const { username, identifier } = await somebody(scene);
      disabled = username;
      return { IDENTIFIER: identifier };
    },
    says: /true/,
    after: async (scene) => {
      expect(await signInStatus(scene, disabled)).not.toBe(200);
    },
  },

  'IdentityMessagesStuck: Diagnosis 1': { says: /identity-worker-\d+ [\s\S]*"level":"[\s\S]*QUEUE/ },
  'IdentityMessagesStuck: Mitigation 1': rolls('worker'),
  'IdentityMessagesStuck: Mitigation 2': rolls('worker'),
  'IdentityMessagesStuck: Mitigation 3': scales('worker', 2),

  'IdentityDependencyDown: Diagnosis 1': { says: /"level":"(warn|error)"/ },
  'IdentityDependencyDown: Mitigation 1': rolls('api', 'worker'),

  'IdentityKeyReloadFailures: Diagnosis 1': { says: /stay as they are[\s\S]*signing[\s\S]*identity-/ },
};
