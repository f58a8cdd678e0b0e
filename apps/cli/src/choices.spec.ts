import { expect, it } from 'vitest';
import { DEFAULT_LEAD_SECONDS, LEAST_LEAD_SECONDS, SIGNING_ALGORITHMS } from '@identity/jwks';
import { LOCALES, MAIL_TEMPLATES, SMS_TEMPLATES } from '@identity/notification/worker';
import { NAMESPACE_NAMES } from '@identity/otp';
import { POLICY_FORMATS, SCOPES } from '@identity/policy';
import { AUDIT_SUBJECTS } from '@platform/audit';
import * as choices from './choices.js';

it('the help names what the libraries have', () => {
  expect({ ...choices }).toEqual({
    SIGNING_ALGORITHMS,
    LEAD_SECONDS: { usual: DEFAULT_LEAD_SECONDS, least: LEAST_LEAD_SECONDS },
    NAMESPACE_NAMES,
    AUDIT_SUBJECTS: Object.keys(AUDIT_SUBJECTS),
    SCOPES,
    LOCALES,
    MAIL_TEMPLATES,
    SMS_TEMPLATES,
    POLICY_FORMATS,
    QUEUE_NAMES: ['mail', 'sms'],
  });
});
