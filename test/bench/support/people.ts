import argon2 from 'argon2';
import pg from 'pg';
import type { Stage } from './stage.ts';

export const PEOPLE = 10_000;
export const PASSWORD = 'three unrelated words';
/** Below every snowflake of today. */
const FIRST_ID = 1_000_000;
/** Where pgbench's sessions begin; one each of the first `PEOPLE`. */
export const FIRST_SESSION = 2_000_000;

/** The username of a person, from 0. */
export const username = (index: number) => `bench${index}`;

/** Ten thousand people with one password, and a live session each; once for all rows. */
export async function seedPeople(stage: Stage): Promise<void> {
  const [seeded] = await stage.sql<{ present: boolean }>(
    `SELECT EXISTS (SELECT FROM identity."User" WHERE id = $1) AS present`,
    [FIRST_ID],
  );
  if (!seeded?.present) await fillPeople(stage.databaseUrl, PEOPLE);
}

/** So many people in a database, each with a live session: person and session `n` have the ids `FIRST_… + n`. */
export async function fillPeople(url: string, people: number): Promise<void> {
  const hash = await argon2.hash(PASSWORD, { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const insert = (columns: string, values: string) =>
    client.query(`INSERT INTO identity.${columns} SELECT ${values} FROM generate_series(0, ${people - 1}) n`);
  const id = `${FIRST_ID} + n`;
  try {
    // Foreign keys hold by construction; to look each of them up takes longer than all the rest.
    await client.query('SET session_replication_role = replica');
    await insert('"User" (id, activated_at)', `${id}, now()`);
    const name = `'bench' || n`;
    await insert(
      '"UserIdentifier" (id, user_id, scheme, value, display, verified_at)',
      `${id}, ${id}, 'username', ${name}, ${name}, now()`,
    );
    await insert(
      '"UserCredential" (id, user_id, scheme, secret)',
      `${id}, ${id}, 'password', ${client.escapeLiteral(hash)}`,
    );
    await insert(
      '"Session" (id, user_id, device_id, device, ip, amr, audience, expires_at)',
      `${FIRST_SESSION} + n, ${id}, md5(n::text), 'bench', '127.0.0.1', '{pwd}', 'nx-seller', now() + interval '1 day'`,
    );
    await client.query('VACUUM ANALYZE');
    // Or what was just written would be flushed while something is measured.
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
}
