import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '@platform/config';
import { Database, Listener } from '@platform/database';
import { type PlacedEnd, type Progress, SessionEnds } from '../../application/session/session-ends.js';
import { parseSnapshot, type Place, type Seen } from '../../domain/session/feed-cursor.js';

/** The migration's triggers tell of every end here. */
const CHANNEL = 'identity_revocation';

/** One that was restored, or that took over, has begun since. */
const SERVER = '(extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint::text AS server';

/**
 * In the order of the key, of which the function is no part, so that the plan is one and the same. What another cluster
 * wrote, and a dump brought, may bear numbers that this one has not come to: it is none of this one's transactions.
 */
const PAGE = `
  SELECT ${SERVER}, pg_current_snapshot()::text AS snapshot, (
    SELECT coalesce(json_agg(e), '[]') FROM (
      SELECT session_id::text AS "sessionId", user_id::text AS "userId", left(reason, 100) AS reason,
        to_char(ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "endedAt",
        ended_in::text AS "endedIn", extract(epoch FROM clock_timestamp() - ended_at)::float8 AS age
      FROM identity."SessionEnd"
      WHERE (ended_in, session_id) > ($1::xid8, $2::bigint)
        AND NOT pg_visible_in_snapshot(ended_in, $3::pg_snapshot)
        AND ended_in < pg_snapshot_xmax(pg_current_snapshot())
      ORDER BY ended_in, session_id LIMIT $4) e) AS items`;

/** The oldest transaction of the window, found by the time alone: the order of numbers is not that of times. */
const WINDOW = `
  WITH recent AS MATERIALIZED (
    SELECT ended_in FROM identity."SessionEnd"
    WHERE ended_at > now() - make_interval(secs => $1) AND ended_in < pg_snapshot_xmax(pg_current_snapshot()))
  SELECT ${SERVER}, pg_current_snapshot()::text AS snapshot,
    (SELECT ended_in::text FROM recent ORDER BY ended_in LIMIT 1) AS oldest`;

interface Row {
  server: string;
  snapshot: string;
}

/** "SessionEnd", which the triggers write. What the statements promise stands at the port. */
@Injectable()
export class PostgresSessionEnds extends SessionEnds {
  private listener?: Listener;

  constructor(
    private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    super();
  }

  async page(seen: Seen, after: Place, limit: number): Promise<Progress & { items: PlacedEnd[] }> {
    const snapshot = `${seen.xmin}:${seen.xmax}:${seen.open.join(',')}`;
    const values = [after.endedIn, after.sessionId, snapshot, limit];
    const { items, ...row } = one(await this.database.query<Row & { items: PlacedEnd[] }>(PAGE, values));
    return { ...progress(row), items };
  }

  async asOf(secondsAgo: number): Promise<Progress> {
    const { oldest, ...row } = one(await this.database.query<Row & { oldest: string | null }>(WINDOW, [secondsAgo]));
    const now = progress(row);
    if (oldest === null) return now;
    // What is under way belongs to the window as well, were it older.
    const first = BigInt(oldest) < BigInt(now.seen.xmin) ? oldest : now.seen.xmin;
    return { ...now, seen: { xmin: first, xmax: first, open: [] } };
  }

  listen(wake: () => void): () => boolean {
    let isHearing = false;
    const ear = {
      began: () => {
        isHearing = true;
        wake();
      },
      ended: () => {
        isHearing = false;
        wake();
      },
      heard: wake,
    };
    this.listener = new Listener(this.settings.database.url, CHANNEL, ear, this.database);
    this.listener.start();
    return () => isHearing;
  }

  async stopListening(): Promise<void> {
    await this.listener?.stop();
  }
}

function progress({ server, snapshot }: Row): Progress {
  return { server, seen: parseSnapshot(snapshot) };
}

function one<Value>([row]: Value[]): Value {
  if (row === undefined) throw new Error('the statement answers one row');
  return row;
}
