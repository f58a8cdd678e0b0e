import { FIRST_SESSION, seedPeople } from '../support/people.ts';
import { findPgbench, pgbench } from '../support/pgbench.ts';
import { interleave, type Plan, ratios } from '../support/rounds.ts';
import type { Stage } from '../support/stage.ts';
import { absolute, type Measurement } from '../support/table.ts';

const IN_FLIGHT = 16;
const CHAINS = 16;
/** 120 refreshes a second and core is the figure that Keycloak publishes. */
const FIVE_TIMES_KEYCLOAK = 5 * 120;

/** What `PostgresSessions.rotate` sends; the counter is not checked against a number, since pgbench remembers none. */
const ROTATE = `
  UPDATE identity."Session" s
  SET counter = s.counter + 1, rotated_at = now(), last_seen_at = now(), ip = coalesce('127.0.0.1', s.ip),
      expires_at = least(now() + make_interval(secs => 1209600), s.created_at + make_interval(secs => 7776000))
  FROM identity."User" u
  WHERE s.id = $1 AND s.counter >= 0 AND s.ended_at IS NULL AND s.expires_at > now()
    AND u.id = s.user_id AND u.status = 'active'
  RETURNING s.id, s.user_id, s.counter, s.device_id, s.created_at, s.expires_at, s.audience, s.amr,
    (SELECT coalesce(json_agg(json_build_object('id', r.id, 'identifier', r.identifier, 'priority', r.priority)
       ORDER BY r.priority DESC, r.identifier), '[]')
     FROM identity."UserRole" r WHERE r.user_id = s.user_id::text) AS roles`;

const OTHERWISE =
  'prepared, and alone, PostgreSQL has both cores for it. A refresh is that statement and, in one thread, HTTP, validation, ' +
  'the MACs of the old and the new tokens, the signature of the access token, metric and log line.';

/** Refreshes of distinct sessions against the one statement each of them is. */
export async function refresh(stage: Stage, plan: Plan): Promise<Measurement[]> {
  await seedPeople(stage);
  const { origin } = await stage.startApi();
  const order = { inFlight: IN_FLIGHT, chains: CHAINS, seconds: plan.seconds };
  const load = stage.startChild('load-refresh.ts');
  const baselines = statementAlone(stage, order);
  const refreshes = () => load.ask<number>({ ...order, origin });
  const figures = await interleave<string>(plan, { refreshes, ...baselines });
  const what = `\`POST /auth/token/refresh\`, distinct sessions, ${IN_FLIGHT} connections`;
  const ours = figures['refreshes'] ?? [];
  return [
    ...Object.keys(baselines).map((name): Measurement => {
      const alone = figures[name] ?? [];
      return {
        what,
        against: `the one guarded UPDATE by ${name}`,
        figures: ratios(ours, alone),
        limit: 0.5,
        bound: 'at least',
        absolute: absolute(ours, alone, '/s'),
        otherwise: OTHERWISE,
      };
    }),
    {
      what,
      against: 'five times what Keycloak publishes for a core; ours is one thread',
      figures: ours,
      unit: '/s',
      limit: FIVE_TIMES_KEYCLOAK,
      bound: 'at least',
    },
  ];
}

/** pgbench in the protocol that it uses by default, and with the statement prepared; without it a loop of pg. */
function statementAlone(
  stage: Stage,
  order: { inFlight: number; chains: number; seconds: number },
): Record<string, () => Promise<number>> {
  const program = findPgbench();
  const all = { ...order, firstSession: FIRST_SESSION };
  if (program) {
    return {
      pgbench: () => pgbench(program, stage, ROTATE, { ...all, protocol: 'simple' }),
      'pgbench, prepared': () => pgbench(program, stage, ROTATE, { ...all, protocol: 'prepared' }),
    };
  }
  const child = stage.startChild('statement-alone.ts');
  const { databaseUrl } = stage;
  return { 'pg in a loop, prepared': () => child.ask<number>({ ...all, databaseUrl, statement: ROTATE }) };
}
