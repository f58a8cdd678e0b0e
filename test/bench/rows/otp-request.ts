import { installPeer } from '../support/peer.ts';
import { interleave, type Plan, ratios } from '../support/rounds.ts';
import type { Stage } from '../support/stage.ts';
import { absolute, type Measurement } from '../support/table.ts';

const CONNECTIONS = 32;
const WHAT = `\`POST /otp/request\`, distinct identifiers, ${CONNECTIONS} connections`;
const OURS = {
  path: '/v1/api/identity/otp/request',
  body: '{"namespace": "verify-email", "identifier": {"scheme": "email", "value": "@"}}',
};
const THEIRS = { path: '/api/auth/email-otp/send-verification-otp', body: '{"email": "@", "type": "sign-in"}' };

/** A code asked for by mail, against its two scripts alone and against better-auth's. */
export async function otpRequest(stage: Stage, plan: Plan): Promise<Measurement[]> {
  const { origin } = await stage.startApi();
  const load = stage.startChild('load-codes.ts');
  const scripts = stage.startChild('code-scripts-alone.ts');
  const order = { inFlight: CONNECTIONS, seconds: plan.seconds };
  const peer = await startBetterAuth(stage);
  const figures = await interleave<string>(plan, {
    ours: () => load.ask<number>({ ...order, ...OURS, origin }),
    scripts: () => scripts.ask<number>({ ...order, redisUrl: stage.redisUrl }),
    ...(peer && { 'better-auth': () => load.ask<number>({ ...order, ...THEIRS, origin: peer }) }),
  });
  const against = (side: string, words: string, limit: number): Measurement[] =>
    figures[side] === undefined
      ? []
      : [
          {
            what: WHAT,
            against: words,
            figures: ratios(figures['ours'] ?? [], figures[side]),
            limit,
            bound: 'at least',
            absolute: absolute(figures['ours'] ?? [], figures[side], '/s'),
          },
        ];
  return [
    ...against('scripts', 'its script and BullMQ’s add, called bare', 0.4),
    ...against('better-auth', 'better-auth’s e-mail OTP, rate limits off, sending nothing', 3),
  ];
}

async function startBetterAuth(stage: Stage): Promise<string | undefined> {
  if (!installPeer('better-auth')) return undefined;
  const port = await stage.freePort();
  const child = stage.startPeer('better-auth/server.mjs');
  await child.ask({ port, databaseUrl: await stage.createDatabase('better_auth') });
  return `http://127.0.0.1:${port}`;
}
