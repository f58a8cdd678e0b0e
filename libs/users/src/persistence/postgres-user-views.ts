import { Injectable } from '@nestjs/common';
import { Database } from '@platform/database';
import { type UserView, UserViews } from '../application/user-views.js';
import type { CanonicalIdentifier } from '../domain/identifier.js';
import { toView, VIEW_COLUMNS, type ViewRow } from './user-view-rows.js';

/** Accounts with their names in PostgreSQL. */
@Injectable()
export class PostgresUserViews extends UserViews {
  constructor(private readonly database: Database) {
    super();
  }

  async byId(userId: string): Promise<UserView | undefined> {
    const [row] = await this.database.query<ViewRow>(
      `SELECT ${VIEW_COLUMNS} FROM identity."User" u WHERE u.id = $1 AND u.status <> 'deleted'`,
      [userId],
    );
    return row && toView(row);
  }

  async byIdentifiers(identifiers: readonly CanonicalIdentifier[]): Promise<(UserView | undefined)[]> {
    const rows = await this.database.query<ViewRow & { at: string }>(
      `SELECT wanted.at, ${VIEW_COLUMNS}
       FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted(scheme, value, at)
       JOIN identity."UserIdentifier" named ON named.scheme = wanted.scheme AND named.value = wanted.value
       JOIN identity."User" u ON u.id = named.user_id AND u.status <> 'deleted'`,
      [identifiers.map(({ scheme }) => scheme), identifiers.map(({ value }) => value)],
    );
    const views = new Map(rows.map(({ at, ...row }) => [Number(at), toView(row)]));
    return identifiers.map((_identifier, index) => views.get(index + 1));
  }
}
