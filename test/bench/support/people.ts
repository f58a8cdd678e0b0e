import argon2 from 'argon2';
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
  if (seeded?.present) return;
  const hash = await argon2.hash(PASSWORD, { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  await stage.sql(
    `INSERT INTO identity."User" (id, activated_at) SELECT $1::bigint + n, now() FROM generate_series(0, $2 - 1) n`,
    [FIRST_ID, PEOPLE],
  );
  await stage.sql(
    `INSERT INTO identity."UserIdentifier" (id, user_id, scheme, value, display, verified_at)
     SELECT $1::bigint + n, $1::bigint + n, 'username', 'bench' || n, 'bench' || n, now()
     FROM generate_series(0, $2 - 1) n`,
    [FIRST_ID, PEOPLE],
  );
  await stage.sql(
    `INSERT INTO identity."UserCredential" (id, user_id, scheme, secret)
     SELECT $1::bigint + n, $1::bigint + n, 'password', $3 FROM generate_series(0, $2 - 1) n`,
    [FIRST_ID, PEOPLE, hash],
  );
  await stage.sql(
    `INSERT INTO identity."Session" (id, user_id, device_id, device, ip, amr, audience, expires_at)
     SELECT $3::bigint + n, $1::bigint + n, md5(n::text), 'bench', '127.0.0.1', '{pwd}', 'nx-seller',
       now() + interval '1 day' FROM generate_series(0, $2 - 1) n`,
    [FIRST_ID, PEOPLE, FIRST_SESSION],
  );
  await stage.sql('VACUUM ANALYZE');
}
