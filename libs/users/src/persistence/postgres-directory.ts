import { Inject, Injectable } from '@nestjs/common';
import { Database, ID_GENERATOR, isUniqueViolation, type Queryable } from '@platform/database';
import { DomainError, type IdGenerator } from '@platform/kernel';
import type { CanonicalIdentifier } from '../domain/identifier.js';
import type { IdentifierRecord, Profile, SignInAccount, UserRecord, UserStatus } from '../domain/user.js';
import { Directory, type ProfilePatchOutcome } from '../application/directory.js';
import { User, UserIdentifier } from './entities.js';

interface SignInRow {
  id: string;
  status: UserStatus;
  secret: string | null;
  changed_at: string | null;
}

/** The directory in PostgreSQL. Guarded changes are single statements; what they promise stands at the port. */
@Injectable()
export class PostgresDirectory extends Directory {
  constructor(
    private readonly database: Database,
    @Inject(ID_GENERATOR) private readonly ids: IdGenerator,
  ) {
    super();
  }

  async findForSignIn({ scheme, value }: CanonicalIdentifier): Promise<SignInAccount | undefined> {
    const [row] = await this.database.query<SignInRow>(
      `SELECT u.id, u.status, c.secret, c.changed_at::text AS changed_at
       FROM identity."UserIdentifier" i
       JOIN identity."User" u ON u.id = i.user_id
       LEFT JOIN identity."UserCredential" c ON c.user_id = u.id AND c.scheme = 'password'
       WHERE i.scheme = $1 AND i.value = $2`,
      [scheme, value],
    );
    if (!row) return undefined;
    const { id: userId, status, secret, changed_at: changedAt } = row;
    return { userId, status, passwordHash: secret ?? undefined, passwordChangedAt: changedAt ?? undefined };
  }

  async statusesOf(identifiers: readonly Pick<CanonicalIdentifier, 'scheme' | 'value'>[]) {
    const rows = await this.database.query<{ status: UserStatus | null }>(
      `SELECT (SELECT u.status FROM identity."UserIdentifier" i JOIN identity."User" u ON u.id = i.user_id
         WHERE i.scheme = asked.scheme AND i.value = asked.value) AS status
       FROM unnest($1::text[], $2::text[]) WITH ORDINALITY asked (scheme, value, place) ORDER BY place`,
      [identifiers.map(({ scheme }) => scheme), identifiers.map(({ value }) => value)],
    );
    return rows.map(({ status }) => status ?? undefined);
  }

  async create(
    account: { identifier: CanonicalIdentifier; passwordHash?: string; profile?: Profile; verified?: boolean },
    transaction: Queryable,
  ): Promise<string> {
    const userId = this.ids.next();
    const { identifier } = account;
    await transaction.query('INSERT INTO identity."User" (id, profile, activated_at) VALUES ($1, $2, now())', [
      userId,
      JSON.stringify(account.profile ?? {}),
    ]);
    await this.insertIdentifier(userId, identifier, account.verified ?? false, transaction);
    if (account.passwordHash !== undefined) {
      await transaction.query(
        `INSERT INTO identity."UserCredential" (id, user_id, scheme, secret) VALUES ($1, $2, 'password', $3)`,
        [this.ids.next(), userId, account.passwordHash],
      );
    }
    return userId;
  }

  async passwordHashOf(userId: string): Promise<string | undefined> {
    const [row] = await this.database.query<{ secret: string }>(
      `SELECT c.secret FROM identity."UserCredential" c JOIN identity."User" u ON u.id = c.user_id
       WHERE c.user_id = $1 AND c.scheme = 'password' AND u.status = 'active'`,
      [userId],
    );
    return row?.secret;
  }

  async replacePasswordHash(userId: string, from: string, to: string, through: Queryable): Promise<boolean> {
    const changed = await through.query(
      `UPDATE identity."UserCredential" SET secret = $3, changed_at = now()
       WHERE user_id = $1 AND scheme = 'password' AND secret = $2 RETURNING id`,
      [userId, from, to],
    );
    return changed.length === 1;
  }

  async setPasswordHash(userId: string, to: string, transaction: Queryable): Promise<boolean> {
    const set = await transaction.query(
      `WITH u AS (SELECT id FROM identity."User" WHERE id = $2 AND status = 'active' FOR NO KEY UPDATE)
       INSERT INTO identity."UserCredential" (id, user_id, scheme, secret) SELECT $1, u.id, 'password', $3 FROM u
       ON CONFLICT (user_id, scheme) DO UPDATE SET secret = excluded.secret, changed_at = now()
       RETURNING id`,
      [this.ids.next(), userId, to],
    );
    return set.length === 1;
  }

  async now(): Promise<string> {
    const [row] = await this.database.query<{ now: string }>(
      'SELECT (extract(epoch FROM now()) * 1000000)::bigint::text AS now',
    );
    return row?.now ?? '';
  }

  async resetPasswordHash(
    userId: string,
    to: string,
    { issuedAt, maxAgeSeconds }: { issuedAt: string; maxAgeSeconds: number },
    transaction: Queryable,
  ): Promise<boolean> {
    const set = await transaction.query(
      `WITH proof AS (SELECT 'epoch'::timestamptz + $4::bigint * interval '1 microsecond' AS at),
       u AS (
         SELECT id FROM identity."User" WHERE id = $2 AND status = 'active'
           AND now() < (SELECT at FROM proof) + make_interval(secs => $5) FOR NO KEY UPDATE
       )
       INSERT INTO identity."UserCredential" AS c (id, user_id, scheme, secret) SELECT $1, u.id, 'password', $3 FROM u
       ON CONFLICT (user_id, scheme) DO UPDATE SET secret = excluded.secret, changed_at = now()
         WHERE c.changed_at <= (SELECT at FROM proof)
       RETURNING id`,
      [this.ids.next(), userId, to, issuedAt, maxAgeSeconds],
    );
    return set.length === 1;
  }

  async renewPasswordHash(userId: string, from: string, to: string): Promise<void> {
    await this.database.query(
      `UPDATE identity."UserCredential" SET secret = $3 WHERE user_id = $1 AND scheme = 'password' AND secret = $2`,
      [userId, from, to],
    );
  }

  async find(userId: string): Promise<UserRecord | undefined> {
    return (await this.database.entities((manager) => manager.findOneBy(User, { id: userId }))) ?? undefined;
  }

  async identifiersOf(userId: string): Promise<IdentifierRecord[]> {
    return await this.database.entities((manager) =>
      manager.find(UserIdentifier, { where: { userId }, order: { id: 'ASC' } }),
    );
  }

  async markVerified({ scheme, value }: CanonicalIdentifier): Promise<void> {
    await this.database.query(
      `UPDATE identity."UserIdentifier" SET verified_at = now()
       WHERE scheme = $1 AND value = $2 AND verified_at IS NULL`,
      [scheme, value],
    );
  }

  async addIdentifier(
    userId: string,
    identifier: CanonicalIdentifier,
    limit: number,
    transaction: Queryable,
  ): Promise<'added' | 'too-many' | 'not-active'> {
    // Its row first: of two additions at once the second one counts what the first has added.
    if ((await this.holdStatus(userId, transaction)) !== 'active') return 'not-active';
    const [row] = await transaction.query<{ count: string }>(
      'SELECT count(*) AS count FROM identity."UserIdentifier" WHERE user_id = $1',
      [userId],
    );
    if (Number(row?.count) >= limit) return 'too-many';
    await this.insertIdentifier(userId, identifier, true, transaction);
    return 'added';
  }

  async removeIdentifier(
    userId: string,
    identifierId: string,
    transaction: Queryable,
  ): Promise<IdentifierRecord | 'last' | 'not-found'> {
    if ((await this.holdStatus(userId, transaction)) !== 'active') return 'not-found';
    const own = await transaction.query<IdentifierRecord>(
      `SELECT id, scheme, value, display, verified_at AS "verifiedAt" FROM identity."UserIdentifier" WHERE user_id = $1`,
      [userId],
    );
    const found = own.find(({ id }) => id === identifierId);
    if (!found) return 'not-found';
    // One that was never proven is no way back in.
    if (!own.some(({ id, scheme, verifiedAt }) => id !== identifierId && (verifiedAt || scheme === 'username')))
      return 'last';
    await transaction.query('DELETE FROM identity."UserIdentifier" WHERE id = $1 AND user_id = $2', [
      identifierId,
      userId,
    ]);
    return found;
  }

  async patchProfile(userId: string, changes: Record<string, unknown>, limit: number): Promise<ProfilePatchOutcome> {
    const changed = await this.database.query(
      `UPDATE identity."User" SET profile = jsonb_strip_nulls(profile || $2::jsonb), updated_at = now()
       WHERE id = $1 AND status = 'active'
         AND (SELECT count(*) FROM jsonb_object_keys(jsonb_strip_nulls(profile || $2::jsonb))) <= $3
       RETURNING id`,
      [userId, JSON.stringify(changes), limit],
    );
    if (changed.length === 1) return 'changed';
    const active = await this.database.query(`SELECT FROM identity."User" WHERE id = $1 AND status = 'active'`, [
      userId,
    ]);
    return active.length === 1 ? 'too-many' : 'not-active';
  }

  async holdStatus(userId: string, transaction: Queryable): Promise<UserStatus | undefined> {
    const [row] = await transaction.query<{ status: UserStatus }>(
      'SELECT status FROM identity."User" WHERE id = $1 FOR NO KEY UPDATE',
      [userId],
    );
    return row?.status;
  }

  async changeStatus(userId: string, from: UserStatus, to: UserStatus, transaction: Queryable): Promise<boolean> {
    const changed = await transaction.query(
      'UPDATE identity."User" SET status = $3, updated_at = now() WHERE id = $1 AND status = $2 RETURNING id',
      [userId, from, to],
    );
    return changed.length === 1;
  }

  async isRecent(moment: number, seconds: number, through: Queryable): Promise<boolean> {
    const [row] = await through.query<{ recent: boolean }>(
      'SELECT extract(epoch FROM now()) - $1::numeric <= $2::numeric AS recent',
      [moment, seconds],
    );
    return row?.recent ?? false;
  }

  async erase(userId: string, transaction: Queryable): Promise<boolean> {
    const erased = await transaction.query(
      `UPDATE identity."User" SET status = 'deleted', profile = '{}', updated_at = now()
       WHERE id = $1 AND status = 'active' RETURNING id`,
      [userId],
    );
    if (erased.length === 0) return false;
    await transaction.query('DELETE FROM identity."UserCredential" WHERE user_id = $1', [userId]);
    await transaction.query('DELETE FROM identity."UserIdentifier" WHERE user_id = $1', [userId]);
    return true;
  }

  private async insertIdentifier(
    userId: string,
    { scheme, value, display }: CanonicalIdentifier,
    isVerified: boolean,
    transaction: Queryable,
  ): Promise<void> {
    try {
      await transaction.query(
        `INSERT INTO identity."UserIdentifier" (id, user_id, scheme, value, display, verified_at)
         VALUES ($1, $2, $3, $4, $5, CASE WHEN $6 THEN now() END)`,
        [this.ids.next(), userId, scheme, value, display, isVerified],
      );
    } catch (error) {
      if (isUniqueViolation(error, 'UserIdentifier_scheme_value_key')) throw identifierTaken();
      throw error;
    }
  }
}

function identifierTaken(): DomainError {
  return new DomainError({ code: 'users.identifier-taken', kind: 'conflict', message: 'This name is taken.' });
}
