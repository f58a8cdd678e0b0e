import { runToEnd } from '../support/child.ts';
import { interleave, type Plan, ratios } from '../support/rounds.ts';
import type { Stage } from '../support/stage.ts';
import { absolute, type Measurement } from '../support/table.ts';

const ALGORITHMS = ['ES256', 'RS256'] as const;

/** What a sister pays for each request: the kit with the key at hand, against the signature alone. */
export async function tokenVerification(stage: Stage, plan: Plan): Promise<Measurement[]> {
  await runToEnd('node_modules/typescript/bin/tsc', ['-p', 'libs/identity-client/tsconfig.build.json'], { env: {} });
  const measurements: Measurement[] = [];
  for (const alg of ALGORITHMS) {
    const child = stage.startChild('verify-token.ts');
    await child.ask({ kind: 'open', alg });
    const figures = await interleave(plan, {
      [`${alg} kit`]: () => child.ask<number>({ kind: 'kit', seconds: plan.seconds }),
      [`${alg} bare`]: () => child.ask<number>({ kind: 'bare', seconds: plan.seconds }),
    });
    const [ours, bare] = [figures[`${alg} kit`] ?? [], figures[`${alg} bare`] ?? []];
    measurements.push({
      what: `a sister verifies a token of ${alg}, key at hand, one thread`,
      against: '`crypto.verify` of the same bytes',
      figures: ratios(ours, bare),
      limit: 0.7,
      bound: 'at least',
      absolute: absolute(ours, bare, '/s'),
    });
    await child.stop();
  }
  return measurements;
}
