import { expect } from 'vitest';
import { poll } from '@platform/testing';
import { randomPhone } from '../../support/addresses.js';
import { credentials, PASSWORD } from '../../support/client.js';
import { requestCode } from '../../support/codes.js';
import type { Deployment } from '../support/deployment.js';
import { fourthIsRefused, pauseOf } from '../support/troubles.js';
import type { Expectation, Scene } from './expectation.js';

const names = ({ pods }: Deployment) => pods.map(({ name }) => name);

/** New processes in place of the old ones, and all is well. */
export function rolls(...which: ('api' | 'worker')[]): Expectation {
  const before: Record<string, string[]> = {};
  return {
    given: async (scene) => {
      for (const each of which) {
        await scene[each].settled();
        before[each] = names(scene[each]);
      }
      return {};
    },
    after: async (scene) => {
      for (const each of which) {
        await scene[each].settled();
        expect(names(scene[each]).filter((name) => before[each]?.includes(name))).toEqual([]);
        expect(names(scene[each])).toHaveLength(before[each]!.length);
      }
    },
  };
}

/** So many processes. */
export function scales(which: 'api' | 'worker', replicas: number): Expectation {
  return {
    given: () => ({ REPLICAS: String(replicas) }),
    after: async (scene) => {
      await scene[which].settled();
      expect(scene[which].pods).toHaveLength(replicas);
      if (replicas > 1) scene[which].scale(1); // each more makes every rollout after it slower
    },
  };
}

/** A limit holds, or no longer does, without a rollout. */
export const pauseBecomes = (seconds: number) => async (scene: Scene) => {
  const client = await scene.client();
  await poll(`a pause of ${seconds} s`, 15, async () => (await pauseOf(client)) === seconds || undefined);
};

export const fourthGuessIs = (refused: boolean) => async (scene: Scene) => {
  const client = await scene.client();
  await poll('the limit', 15, async () => (await fourthIsRefused(client)) === refused || undefined);
};

/** Somebody new, by username. */
export async function somebody(scene: Scene) {
  const person = await (await scene.client()).signUp();
  return { ...person, identifier: `username:${person.username}` };
}

export async function signInStatus(scene: Scene, username: string): Promise<number> {
  return (await (await scene.client()).post('/auth/sign-in', credentials(username, PASSWORD))).status;
}

export async function refreshStatus(scene: Scene, refreshToken: string): Promise<number> {
  return (await (await scene.client()).refresh(refreshToken)).status;
}

export async function publishedKids(scene: Scene): Promise<string[]> {
  const answer = await fetch(`${(await scene.client()).origin}/jw-certs`);
  return ((await answer.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
}

/** Waits until the service publishes what is wanted. */
export async function publishes(scene: Scene, isWanted: (kids: string[]) => boolean): Promise<void> {
  await poll('the keys', 20, async () => isWanted(await publishedKids(scene)) || undefined);
}

export async function signingKid(scene: Scene): Promise<string> {
  const { accessToken } = await (await scene.client()).signUp();
  return (JSON.parse(Buffer.from(accessToken.split('.')[0]!, 'base64url').toString()) as { kid: string }).kid;
}

/** A code by SMS comes. */
export async function codesArrive(scene: Scene): Promise<void> {
  const phone = randomPhone();
  expect((await requestCode(await scene.client(), 'phone-auth', phone)).status).toBe(202);
  expect(await scene.messaging.code(phone)).toMatch(/^\d{6}$/);
}

/** Lines of a file in the Secret. */
export function linesOf(scene: Scene, key: string): string[] {
  return (scene.cluster.secrets.get('identity-material')?.[key] ?? '').split('\n').filter(Boolean);
}
