import { Injectable } from '@nestjs/common';
import { Database } from '@platform/database';
import { LAST_ID } from '@platform/kernel';
import { type FoundUsers, UserIndex } from '../application/user-index.js';
import type { UserView } from '../application/user-views.js';
import type { UserStatus } from '../domain/user.js';
import { toView, VIEW_COLUMNS, type ViewRow } from './user-view-rows.js';

interface Page {
  status?: UserStatus;
  limit: number;
  cursor?: string;
}
type Row = ViewRow & { at: string };

/** How many identifiers one page looks at, at most: some milliseconds' worth. */
const LOOKED_AT = 1000;
/** No text goes on with it: no identifier holds what is no character. */
const LAST_CHARACTER = '\u{10FFFF}';

const FIND = `SELECT ${VIEW_COLUMNS} FROM identity."User" u WHERE u.id = $1`;
const listOf = (condition: string) => `SELECT ${VIEW_COLUMNS}, u.id AS at FROM identity."User" u
  WHERE ${condition} u.id < $1 ORDER BY u.id DESC LIMIT $2`;
const LIST = listOf('');
/** The status is a part of the text: a plan for any status would walk past all the active ones to the few of another. */
const LIST_IN: Record<UserStatus, string> = {
  active: listOf(`u.status = 'active' AND`),
  disabled: listOf(`u.status = 'disabled' AND`),
  deleted: listOf(`u.status = 'deleted' AND`),
};

const VALUE_OF = 'SELECT value FROM identity."UserIdentifier" WHERE id = $1';
/** Identifiers in the order of their bytes, from behind ($1, $2) until before $3. */
const IDENTIFIERS = `SELECT i.id, i.user_id, i.value FROM identity."UserIdentifier" i
  WHERE (i.value COLLATE "C", i.id) > ($1, $2::bigint) AND i.value COLLATE "C" < $3
  ORDER BY i.value COLLATE "C", i.id LIMIT ${LOOKED_AT}`;
/**
 * An account stands where the first of its identifiers that begin with $4 does. Neither that look nor the one at the
 * account is written as a join: the planner might read a whole table for it.
 */
const STARTING_WITH = `SELECT u.*, i.id AS at FROM (${IDENTIFIERS}) i
  CROSS JOIN LATERAL (SELECT ${VIEW_COLUMNS} FROM identity."User" u
    WHERE u.id = i.user_id AND ($5::text IS NULL OR u.status = $5) OFFSET 0) u
  WHERE (SELECT count(*) FROM identity."UserIdentifier" o WHERE o.user_id = i.user_id
    AND o.value COLLATE "C" >= $4 AND o.value COLLATE "C" < $3
    AND (o.value COLLATE "C", o.id) < (i.value COLLATE "C", i.id)) = 0
  ORDER BY i.value COLLATE "C", i.id LIMIT $6`;
const LAST_LOOKED_AT = `SELECT i.id FROM (${IDENTIFIERS}) i OFFSET ${LOOKED_AT - 1}`;

/** The index of users in PostgreSQL: each statement walks an index in its order and stops after a page. */
@Injectable()
export class PostgresUserIndex extends UserIndex {
  constructor(private readonly database: Database) {
    super();
  }

  async find(userId: string): Promise<UserView | undefined> {
    const [row] = await this.database.query<ViewRow>(FIND, [userId]);
    return row && toView(row);
  }

  async list({ status, limit, cursor = LAST_ID }: Page): Promise<FoundUsers> {
    const statement = status === undefined ? LIST : LIST_IN[status];
    return toPage(await this.database.query<Row>(statement, [cursor, limit + 1]), limit);
  }

  async startingWith(prefix: string, { status, limit, cursor }: Page): Promise<FoundUsers | undefined> {
    const from = cursor === undefined ? prefix : await this.positionOf(cursor);
    if (!from?.startsWith(prefix)) return undefined;
    const range = [from, cursor ?? '0', prefix + LAST_CHARACTER];
    const rows = await this.database.query<Row>(STARTING_WITH, [...range, prefix, status ?? null, limit + 1]);
    const page = toPage(rows, limit);
    if (page.next !== null) return page;
    const [last] = await this.database.query<{ id: string }>(LAST_LOOKED_AT, range);
    return { ...page, next: last?.id ?? null };
  }

  private async positionOf(identifierId: string): Promise<string | undefined> {
    const [row] = await this.database.query<{ value: string }>(VALUE_OF, [identifierId]);
    return row?.value;
  }
}

/** @param rows of a page and one more, if there is more */
function toPage(rows: Row[], limit: number): FoundUsers {
  const own = rows.slice(0, limit);
  return {
    users: own.map(({ at: _at, ...row }) => toView(row)),
    next: rows.length > limit ? (own.at(-1)?.at ?? null) : null,
  };
}
