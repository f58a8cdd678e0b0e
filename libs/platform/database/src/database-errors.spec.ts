import { QueryFailedError } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { DomainError } from '@platform/kernel';
import { isUniqueViolation, toDatabaseUnavailable } from './database-errors.js';

/** As pg throws it, and as TypeORM wraps it. */
function failures(fields: Record<string, unknown>, message = 'failed'): Error[] {
  const raw = Object.assign(new Error(message), fields);
  return [raw, new QueryFailedError('SELECT $1', ['secret'], raw)];
}

describe('the database is unavailable', () => {
  it.each([
    ['08006', 'connection_failure'],
    ['08P01', 'protocol_violation'],
    ['28P01', 'invalid_password'],
    ['28000', 'invalid_authorization_specification'],
    ['3D000', 'invalid_catalog_name'],
    ['53300', 'too_many_connections'],
    ['53100', 'disk_full'],
    ['57P01', 'admin_shutdown'],
    ['57P02', 'crash_shutdown'],
    ['57P03', 'cannot_connect_now'],
    ['57014', 'query_canceled'],
    ['55P03', 'lock_not_available'],
    ['25P03', 'idle_in_transaction_session_timeout'],
    ['25006', 'read_only_sql_transaction'],
    ['40001', 'serialization_failure'],
    ['40P01', 'deadlock_detected'],
    ['ECONNREFUSED', ''],
    ['ECONNRESET', ''],
    ['EPIPE', ''],
    ['ENOTFOUND', ''],
    ['ENETUNREACH', ''],
    ['EAI_AGAIN', ''],
  ])('on %s %s', (code) => {
    for (const error of failures({ code })) {
      expect(toDatabaseUnavailable(error)).toMatchObject({
        code: 'database.unavailable',
        kind: 'unavailable',
        limit: 'database',
        retryAfterSeconds: 2,
        cause: error,
      });
    }
  });

  it.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
    'Cannot use a pool after calling end on the pool',
    'Query read timeout',
  ])('when pg says "%s"', (message) => {
    for (const error of failures({}, message)) {
      expect(toDatabaseUnavailable(error)?.code).toBe('database.unavailable');
    }
  });

  it('without a word about it in what callers are told', () => {
    const [, wrapped] = failures({ code: '57P01' }, 'terminating connection of role identity');
    expect(toDatabaseUnavailable(wrapped)?.message).toBe('The database does not answer at the moment.');
  });
});

describe('the database is not to blame', () => {
  it.each([
    ['23505', 'unique_violation'],
    ['23503', 'foreign_key_violation'],
    ['23514', 'check_violation'],
    ['22P02', 'invalid_text_representation'],
    ['22021', 'character_not_in_repertoire'],
    ['42601', 'syntax_error'],
    ['42P01', 'undefined_table'],
    ['42501', 'insufficient_privilege'],
    ['P0001', 'raise_exception'],
    ['XX000', 'internal_error'],
  ])('on %s %s', (code) => {
    for (const error of failures({ code }, 'Connection terminated')) {
      expect(toDatabaseUnavailable(error)).toBeUndefined();
    }
  });

  it('for refusals of our own, other errors and what is no error', () => {
    const refusal = new DomainError({ code: 'ids.unavailable', kind: 'unavailable', message: 'Connection terminated' });
    for (const thrown of [refusal, new Error('nothing of the sort'), 'Connection terminated', undefined, null]) {
      expect(toDatabaseUnavailable(thrown)).toBeUndefined();
    }
  });
});

describe('a unique violation', () => {
  it('is known by the name of its constraint', () => {
    for (const error of failures({ code: '23505', constraint: 'User_name_key' })) {
      expect(isUniqueViolation(error, 'User_name_key')).toBe(true);
      expect(isUniqueViolation(error, 'User_other_key')).toBe(false);
    }
    for (const error of failures({ code: '23503', constraint: 'User_name_key' })) {
      expect(isUniqueViolation(error, 'User_name_key')).toBe(false);
    }
    expect(isUniqueViolation('23505', 'User_name_key')).toBe(false);
  });
});
