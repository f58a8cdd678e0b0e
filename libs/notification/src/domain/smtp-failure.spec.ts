import { expect, it } from 'vitest';
import { judgeSmtpFailure } from './smtp-failure.js';

it.each([
  ['permanent', { responseCode: 550, command: 'RCPT TO', code: 'EENVELOPE' }],
  ['permanent', { responseCode: 554, command: 'DATA', code: 'EMESSAGE' }],
  ['transient', { responseCode: 451, command: 'RCPT TO' }],
  ['transient', { responseCode: 452, command: 'DATA' }],
  ['transient', { responseCode: 421, command: 'CONN' }],
  ['transient', { responseCode: 535, command: 'AUTH PLAIN', code: 'EAUTH' }], // a password that somebody will correct
  ['transient', { responseCode: 550, command: 'MAIL FROM' }], // our sender is refused, not this mail
  ['transient', { responseCode: 554, command: 'CONN' }],
  ['transient', { responseCode: 550 }],
  ['transient', { code: 'ETIMEDOUT' }],
  ['transient', { code: 'ETLS' }],
  ['transient', {}],
])('is %s: %j', (kind, failure) => {
  expect(judgeSmtpFailure(failure).kind).toBe(kind);
});

it('gives a reason that quotes nothing of the server', () => {
  const failure = {
    responseCode: 550,
    command: 'RCPT TO',
    response: '550 ana@example.com',
    message: 'ana@example.com',
  };
  expect(judgeSmtpFailure(failure).reason).toBe('smtp 550 to RCPT TO');
  expect(judgeSmtpFailure({ code: 'EDNS' }).reason).toBe('smtp EDNS');
});
