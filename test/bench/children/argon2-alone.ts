import argon2 from 'argon2';
import { answerParent } from './answer-parent.ts';
import { countPerSecond } from './count.ts';

interface Order {
  inFlight: number;
  /** How many of those in flight are hashed at once: more than one for each processor gain nothing here. */
  concurrency: number;
  seconds: number;
}

const PASSWORD = 'three unrelated words';
const PARAMETERS = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const hash = await argon2.hash(PASSWORD, PARAMETERS);

/** Verifies passwords and does nothing else. Those that wait for a slot cost nothing here, so they need not exist. */
answerParent(({ inFlight, concurrency, seconds }: Order) =>
  countPerSecond(Math.min(inFlight, concurrency), seconds, () => argon2.verify(hash, PASSWORD)),
);
