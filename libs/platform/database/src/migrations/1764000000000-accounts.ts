import type { MigrationInterface, QueryRunner } from 'typeorm';

/** People: users, what names them, what proves them, and where they are signed in. */
export class Accounts1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // The runbook's statements name tables without a schema; the setting is the role's own, other services keep theirs.
    await runner.query(`
      DO $$ BEGIN
        EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = identity, public', current_user, current_database());
      END $$`);
    await runner.query(`
      CREATE TABLE identity."User" (
        id bigint PRIMARY KEY,
        realm text NOT NULL DEFAULT 'default' CHECK (length(realm) <= 64),
        status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled', 'deleted')),
        type text NOT NULL DEFAULT 'LINKED' CHECK (type IN ('SYSTEM', 'LINKED')),
        profile jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(profile) = 'object'),
        activated_at timestamptz,
        last_login_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TABLE identity."UserIdentifier" (
        id bigint PRIMARY KEY,
        user_id bigint NOT NULL REFERENCES identity."User" (id),
        scheme text NOT NULL CHECK (scheme IN ('email', 'phone', 'username')),
        value text NOT NULL CHECK (length(value) BETWEEN 1 AND 320),
        display text NOT NULL CHECK (length(display) <= 320),
        verified_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT "UserIdentifier_scheme_value_key" UNIQUE (scheme, value)
      )`);
    await runner.query('CREATE INDEX "UserIdentifier_user_id_idx" ON identity."UserIdentifier" (user_id)');
    await runner.query(`
      CREATE TABLE identity."UserCredential" (
        id bigint PRIMARY KEY,
        user_id bigint NOT NULL REFERENCES identity."User" (id),
        scheme text NOT NULL CHECK (scheme IN ('password')),
        secret text NOT NULL CHECK (length(secret) <= 512),
        changed_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT "UserCredential_user_id_scheme_key" UNIQUE (user_id, scheme)
      )`);
    await runner.query(`
      CREATE TABLE identity."PendingSignUp" (
        id bigint PRIMARY KEY,
        challenge_digest bytea NOT NULL UNIQUE,
        identifier_scheme text NOT NULL CHECK (identifier_scheme IN ('email', 'phone')),
        identifier_value text NOT NULL CHECK (length(identifier_value) BETWEEN 1 AND 320),
        identifier_display text NOT NULL CHECK (length(identifier_display) <= 320),
        credential text CHECK (length(credential) <= 512),
        profile jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(profile) = 'object'),
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL
      )`);
    await runner.query('CREATE INDEX "PendingSignUp_expires_at_idx" ON identity."PendingSignUp" (expires_at)');
    // A refresh updates its row and no index; the space left in each page keeps those updates on it.
    await runner.query(`
      CREATE TABLE identity."Session" (
        id bigint PRIMARY KEY,
        user_id bigint NOT NULL REFERENCES identity."User" (id),
        counter integer NOT NULL DEFAULT 0 CHECK (counter >= 0),
        device_id text NOT NULL,
        device text CHECK (length(device) <= 256),
        ip text CHECK (length(ip) <= 64),
        amr text[] NOT NULL,
        audience text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_seen_at timestamptz NOT NULL DEFAULT now(),
        rotated_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        ended_at timestamptz,
        end_reason text
      ) WITH (fillfactor = 85)`);
    // Of the live ones alone, because those are what is asked for; users are never deleted, so no cascade needs more.
    await runner.query('CREATE INDEX "Session_live_idx" ON identity."Session" (user_id, id) WHERE ended_at IS NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['Session', 'PendingSignUp', 'UserCredential', 'UserIdentifier', 'User']) {
      await runner.query(`DROP TABLE identity."${table}"`);
    }
    await runner.query(`
      DO $$ BEGIN
        EXECUTE format('ALTER ROLE %I IN DATABASE %I RESET search_path', current_user, current_database());
      END $$`);
  }
}
