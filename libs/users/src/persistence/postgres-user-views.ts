import { Injectable } from '@nestjs/common';
import { Database } from '@platform/database';
import { type UserView, UserViews } from '../application/user-views.js';
import type { CanonicalIdentifier } from '../domain/identifier.js';
import type { IdentifierRecord } from '../domain/user.js';

/** Of `u`; json has no times. */
const COLUMNS = `u.id, u.status, u.type, u.profile, u.created_at AS "createdAt", u.last_login_at AS "lastLoginAt",
  (SELECT coalesce(json_agg(json_build_object('id', i.id::text, 'scheme', i.scheme, 'value', i.value,
     'display', i.display, 'verifiedAt', i.verified_at) ORDER BY i.id), '[]')
   FROM identity."UserIdentifier" i WHERE i.user_id = u.id) AS identifiers`;

type Row = Omit<UserView, 'identifiers'> & {
  identifiers: (Omit<IdentifierRecord, 'verifiedAt'> & { verifiedAt: string | null })[];
};

/** Accounts with their names in PostgreSQL. */
@Injectable()
export class PostgresUserViews extends UserViews {
  constructor(private readonly database: Database) {
    super();
  }

  async byId(userId: string): Promise<UserView | undefined> {
    const [row] = await this.database.query<Row>(
      `SELECT ${COLUMNS} FROM identity."User" u WHERE u.id = $1 AND u.status <> 'deleted'`,
      [userId],
    );
    return row && toView(row);
  }

  async byIdentifiers(identifiers: readonly CanonicalIdentifier[]): Promise<(UserView | undefined)[]> {
    const rows = await this.database.query<Row & { at: string }>(
      `SELECT wanted.at, ${COLUMNS}
       FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted(scheme, value, at)
       JOIN identity."UserIdentifier" named ON named.scheme = wanted.scheme AND named.value = wanted.value
       JOIN identity."User" u ON u.id = named.user_id AND u.status <> 'deleted'`,
      [identifiers.map(({ scheme }) => scheme), identifiers.map(({ value }) => value)],
    );
    const views = new Map(rows.map(({ at, ...row }) => [Number(at), toView(row)]));
    return identifiers.map((_identifier, index) => views.get(index + 1));
  }
}

function toView({ identifiers, ...row }: Row): UserView {
  const withTimes = identifiers.map(({ verifiedAt, ...identifier }) => ({
    ...identifier,
    verifiedAt: verifiedAt === null ? null : new Date(verifiedAt),
  }));
  return { ...row, identifiers: withTimes };
}
