import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Far longer than any access token lives: who was away for less needs no more than what came since. */
const KEPT = `interval '1 day'`;
/** Of so many transactions one clears, and so many rows at most: no sign-out waits for much, and no job is needed. */
const CLEARS_ONE_IN = 16;
const CLEARED = 100;

/**
 * Every end of a session is noted and told of on the channel `identity_revocation`, whoever ends it. `ended_in` is the
 * transaction: who has read what one snapshot saw asks for what it did not see, and misses nothing, in whatever order
 * transactions commit. A table of its own: a trigger that fills a column in would have each refresh lock its row twice.
 */
export class SessionEnds1764400000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // No foreign key: the end of a session that somebody deletes is noted too.
    await runner.query(`
      CREATE TABLE identity."SessionEnd" (
        ended_in xid8 NOT NULL,
        session_id bigint NOT NULL,
        user_id bigint NOT NULL,
        reason text NOT NULL,
        ended_at timestamptz NOT NULL,
        PRIMARY KEY (ended_in, session_id)
      )`);
    await runner.query('CREATE INDEX "SessionEnd_ended_at_idx" ON identity."SessionEnd" (ended_at) INCLUDE (ended_in)');
    // The clock, not now(): from this moment on a refresh waits for the row, so that no token is made any more, however
    // long the transaction stays open. Equal messages of one transaction are told once.
    await runner.query(`
      CREATE FUNCTION identity."note_SessionEnd"() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO identity."SessionEnd" (ended_in, session_id, user_id, reason, ended_at)
        VALUES (pg_current_xact_id(), OLD.id, OLD.user_id, coalesce(NEW.end_reason, 'ended-by-operator'), clock_timestamp())
        ON CONFLICT DO NOTHING;
        IF mod(pg_current_xact_id()::text::numeric, ${CLEARS_ONE_IN}) = 0 THEN
          DELETE FROM identity."SessionEnd" WHERE (ended_in, session_id) IN (
            SELECT ended_in, session_id FROM identity."SessionEnd" WHERE ended_at < now() - ${KEPT}
            ORDER BY ended_at LIMIT ${CLEARED} FOR UPDATE SKIP LOCKED);
        END IF;
        PERFORM pg_notify('identity_revocation', '');
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER "Session_note_end" AFTER UPDATE OF ended_at ON identity."Session" FOR EACH ROW
      WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION identity."note_SessionEnd"()`);
    await runner.query(`
      CREATE TRIGGER "Session_note_deletion" AFTER DELETE ON identity."Session" FOR EACH ROW
      WHEN (OLD.ended_at IS NULL) EXECUTE FUNCTION identity."note_SessionEnd"()`);
    // Who is disabled by hand is disabled as by the service: sessions that do not count have ended, and are told of. At
    // the commit, after the service has ended them itself, since it tells its cache which ones.
    await runner.query(`
      CREATE FUNCTION identity."end_sessions_of_User"() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        UPDATE identity."Session" SET ended_at = now(), end_reason = NEW.status
        WHERE user_id = NEW.id AND ended_at IS NULL;
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE CONSTRAINT TRIGGER "User_end_sessions" AFTER UPDATE OF status ON identity."User"
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.status = 'active' AND NEW.status <> 'active')
      EXECUTE FUNCTION identity."end_sessions_of_User"()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER "User_end_sessions" ON identity."User"');
    await runner.query('DROP FUNCTION identity."end_sessions_of_User"()');
    for (const what of ['deletion', 'end'])
      await runner.query(`DROP TRIGGER "Session_note_${what}" ON identity."Session"`);
    await runner.query('DROP FUNCTION identity."note_SessionEnd"()');
    await runner.query('DROP TABLE identity."SessionEnd"');
  }
}
