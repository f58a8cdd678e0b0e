import { expect, it } from 'vitest';
import { withoutSecrets } from './without-secrets.js';

it('hides addresses, numbers and codes in free text, and leaves ids and times alone', () => {
  const job = {
    id: 'code-123456',
    timestamp: 1_764_000_000_000,
    failedReason: 'no such user: ana.lopez@example.com, +84 901 234 567',
    stacktrace: ['Error: code 123456 refused', 'smtp 550 to RCPT TO'],
    data: { channel: 'mail', sealed: 'AAAA' },
  };
  expect(withoutSecrets({ queues: [{ jobs: [job] }] })).toEqual({
    queues: [
      {
        jobs: [
          {
            id: 'code-123456',
            timestamp: 1_764_000_000_000,
            failedReason: 'no such user: [hidden] [hidden]',
            stacktrace: ['Error: code [hidden] refused', 'smtp 550 to RCPT TO'],
            data: { channel: 'mail', sealed: '[hidden]' },
          },
        ],
      },
    ],
  });
});
