import { expect, it } from 'vitest';
import { policyEvent } from './policy-event.js';

const DEFINITION = {
  id: '7',
  variant: 'grant',
  subjectType: 'User',
  targetType: 'Permission',
  targetId: '8',
  action: 'read',
  effect: 'allow' as const,
  domain: null,
};
const eventOf = (subject: object) =>
  policyEvent('policy.created', { ...DEFINITION, subjectId: '1', ...subject }, { type: 'operator' });

it.each(['1', '1000000000000000000', '9223372036854775807'])('is an event of the user %s', (subjectId) => {
  expect(eventOf({ subjectId })).toMatchObject({ userId: subjectId, details: { subject: `User_${subjectId}` } });
});

it.each([
  { subjectId: '9223372036854775808' },
  { subjectId: '007' },
  { subjectId: 'ana' },
  { subjectType: 'Role', subjectId: '1' },
])('is an event of nobody where %o is no user', (subject) => {
  expect(eventOf(subject)).not.toHaveProperty('userId');
});
