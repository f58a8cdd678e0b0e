import { Inject, Injectable } from '@nestjs/common';
import { Database, ID_GENERATOR, type Queryable } from '@platform/database';
import type { IdGenerator } from '@platform/kernel';
import type { IdentifierScheme, Profile } from '@identity/users';
import { type PendingSignUp, PendingSignUps } from '../../application/code/pending-sign-ups.js';

interface PendingRow {
  scheme: IdentifierScheme;
  value: string;
  display: string;
  credential: string | null;
  profile: Profile;
  user_id: string | null;
}

/** A code is entered a moment before the row's time is over at the latest; what tells whether it was in time is Redis. */
const SLACK_SECONDS = 60;
/** Each new row clears so many expired ones away: the table never holds much more than what still waits. */
const CLEARED = 4;

/** "PendingSignUp". Each change is one statement; what they promise stands at the port. */
@Injectable()
export class PostgresPendingSignUps extends PendingSignUps {
  constructor(
    private readonly database: Database,
    @Inject(ID_GENERATOR) private readonly ids: IdGenerator,
  ) {
    super();
  }

  async add(digest: Buffer, { identifier, passwordHash, profile, userId }: PendingSignUp, expiresAt: Date) {
    await this.database.query(
      `WITH cleared AS (
         DELETE FROM identity."PendingSignUp" WHERE id IN (
           SELECT id FROM identity."PendingSignUp" WHERE expires_at < now()
           ORDER BY expires_at LIMIT ${CLEARED} FOR UPDATE SKIP LOCKED)
       )
       INSERT INTO identity."PendingSignUp" (id, challenge_digest, identifier_scheme, identifier_value,
         identifier_display, credential, profile, user_id, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::timestamptz + make_interval(secs => $10))`,
      [
        this.ids.next(),
        digest,
        identifier.scheme,
        identifier.value,
        identifier.display,
        passwordHash ?? null,
        JSON.stringify(profile),
        userId ?? null,
        expiresAt,
        SLACK_SECONDS,
      ],
    );
  }

  async take(digest: Buffer, transaction: Queryable): Promise<PendingSignUp | undefined> {
    const [row] = await transaction.query<PendingRow>(
      `DELETE FROM identity."PendingSignUp" WHERE challenge_digest = $1 AND expires_at > now()
       RETURNING identifier_scheme AS scheme, identifier_value AS value, identifier_display AS display,
         credential, profile, user_id`,
      [digest],
    );
    if (!row) return undefined;
    const { scheme, value, display, credential, profile, user_id: userId } = row;
    return {
      identifier: { scheme, value, display },
      passwordHash: credential ?? undefined,
      profile,
      userId: userId ?? undefined,
    };
  }
}
