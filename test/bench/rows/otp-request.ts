import { startBetterAuth } from '../support/better-auth.ts';
import { CODE_REQUEST } from '../support/codes.ts';
import { interleave, type Plan, ratios } from '../support/rounds.ts';
import type { Stage } from '../support/stage.ts';
import { absolute, type Measurement } from '../support/table.ts';

const CONNECTIONS = 32;
const PEER = 'better-auth';
const THEIRS = { path: '/api/auth/email-otp/send-verification-otp', body: { email: 'ADDRESS', type: 'sign-in' } };

const OTHERWISE =
  'the same scripts are asked by one thread that also answers HTTP: validation, the address in one spelling, the code and its ' +
  'MAC, the sealing of the message, metrics and a line of the log. The sender of bare scripts does nothing else.';

/** Codes by e-mail for distinct addresses, against what they ask Redis for and against what better-auth makes of it. */
export async function otpRequest(stage: Stage, plan: Plan): Promise<Measurement[]> {
  const { seconds } = plan;
  const { origin } = await stage.startApi();
  const peer = await startBetterAuth(stage);
  if ('missing' in peer) console.log(`  better-auth cannot be measured: ${peer.missing}`);
  const load = stage.startChild('load-post.ts');
  const scripts = stage.startChild('scripts-alone.ts');
  const post = async (request: object) => {
    await stage.clearRedis();
    return await load.ask<number>({ ...request, inFlight: CONNECTIONS, seconds });
  };
  const figures = await interleave<string>(plan, {
    requests: () => post({ ...CODE_REQUEST, origin }),
    'scripts alone': async () => {
      await stage.clearRedis();
      return await scripts.ask<number>({ redisUrl: stage.redisUrl, inFlight: CONNECTIONS, seconds });
    },
    ...('origin' in peer && { [PEER]: () => post({ ...THEIRS, origin: peer.origin }) }),
  });
  await stage.clearRedis();
  const [ours = [], alone = [], theirs = []] = ['requests', 'scripts alone', PEER].map((side) => figures[side]);
  const what = `\`POST /otp/request\`, distinct addresses, ${CONNECTIONS} connections`;
  return [
    {
      what,
      against: 'its two Redis scripts called bare',
      figures: ratios(ours, alone),
      limit: 0.4,
      bound: 'at least',
      absolute: absolute(ours, alone, '/s'),
      otherwise: OTHERWISE,
    },
    {
      what,
      against: "better-auth's e-mail OTP",
      figures: 'missing' in peer ? [] : ratios(ours, theirs),
      limit: 3,
      bound: 'at least',
      absolute: 'missing' in peer ? peer.missing : absolute(ours, theirs, '/s'),
    },
  ];
}
