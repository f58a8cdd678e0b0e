import { describe, expect, it } from 'vitest';
import { isServed, messageFor } from './namespaces.js';

const OPEN = { claim: false, accountsOpen: true };

it('serves what it has messages for', () => {
  const served = (['verify-email', 'phone-auth', 'forgot-password'] as const).map((namespace) => [
    namespace,
    ...['email', 'phone', 'username'].filter((scheme) => isServed(namespace, scheme)),
  ]);
  expect(served).toEqual([
    ['verify-email', 'email'],
    ['phone-auth', 'phone'],
    ['forgot-password', 'email', 'phone'],
  ]);
  expect(messageFor('verify-email', 'phone', OPEN)).toBeUndefined();
  expect(messageFor('phone-auth', 'email', OPEN)).toBeUndefined();
});

describe('what is sent, by whose the identifier is', () => {
  it('tells the owner of an address that somebody signs up with it', () => {
    expect(messageFor('verify-email', 'email', OPEN)).toEqual({
      channel: 'mail',
      templates: { nobody: 'verify-email', active: 'verify-email', disabled: null },
    });
    expect(messageFor('verify-email', 'email', { ...OPEN, claim: true })).toEqual({
      channel: 'mail',
      templates: { nobody: 'verify-email', active: 'account-exists', disabled: null },
    });
  });

  it.each([
    [true, false, 'phone-auth'],
    [true, true, 'phone-auth'],
    [false, true, 'phone-auth'],
    [false, false, null],
  ])('accounts open by SMS: %s, claimed: %s: nobody gets %s', (accountsOpen, claim, nobody) => {
    expect(messageFor('phone-auth', 'phone', { accountsOpen, claim })).toEqual({
      channel: 'sms',
      templates: { nobody, active: 'phone-auth', disabled: null },
    });
  });

  it.each([
    ['email', 'mail'],
    ['phone', 'sms'],
  ] as const)('resets the passwords of accounts alone, by %s', (scheme, channel) => {
    for (const accountsOpen of [true, false]) {
      expect(messageFor('forgot-password', scheme, { claim: false, accountsOpen })).toEqual({
        channel,
        templates: { nobody: null, active: 'forgot-password', disabled: null },
      });
    }
  });
});
