import { describe, expect, it } from 'vitest';
import { DomainError } from './domain-error.js';

describe('a domain error', () => {
  it('is an Error with a code, a kind and a sentence, and is logged quietly unless it says otherwise', () => {
    const error = new DomainError({ code: 'auth.throttled', kind: 'limited', message: 'Too many attempts.' });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'DomainError', code: 'auth.throttled', kind: 'limited', level: 'debug' });
    expect(String(error)).toBe('DomainError: Too many attempts.');
    expect(error.stack).toContain('domain-error.spec');
  });

  it('keeps its cause', () => {
    const cause = new Error('connect ECONNREFUSED');
    expect(new DomainError({ code: 'a.b', kind: 'unavailable', message: 'm', cause }).cause).toBe(cause);
  });

  it('keeps its details', () => {
    const details = {
      level: 'warn',
      errors: [{ path: 'a', code: 'b', message: 'c' }],
      limit: 'otp',
      retryAfterSeconds: 60,
      members: { state: 'locked' },
    } as const;
    const { errors, ...rest } = details;
    const error = new DomainError({ code: 'a.b', kind: 'limited', message: 'm', ...rest, errors: [...errors] });
    expect(error).toMatchObject(details);
  });
});
