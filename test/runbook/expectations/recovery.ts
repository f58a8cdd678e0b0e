import { expect } from 'vitest';
import { failedNotice, failures } from '../support/troubles.js';
import {
  publishedKids,
  publishes,
  refreshStatus,
  rolls,
  scales,
  signInStatus,
  signingKid,
  somebody,
} from './checks.js';
import type { Expectations } from './expectation.js';

const kept = { username: '', refreshToken: '', kid: '', kids: [] as string[], material: {} as Record<string, string> };

/** The part "Recovery". */
export const RECOVERY: Expectations = {
  'The service crashes 1': { says: /identity-api-\d+ [\s\S]*"level":"fatal".*JWKS_DIR/ },
  'The service crashes 2': rolls('api'),
  'A provider is away 1': {
    given: async (scene) => ({ JOB: await failedNotice(scene, scene.ana) }),
    says: /QUEUE[\s\S]*retried/i,
    after: async (scene) => {
      await scene.messaging.idle();
      expect(await failures(scene)).not.toContain(scene.shell.variables['JOB']);
    },
  },
  'Redis is away 1': { says: /^PONG\n200 .*redis/m },
  'Redis is away 2': { says: /noeviction[\s\S]*used_memory_human/ },
  'Redis has lost its data 1': { says: /channel \| template/ },
  'PostgreSQL is away, or fails over 1': { says: /^ f$/m },
  'PostgreSQL is away, or fails over 2': { says: /postgres/ },
  'PostgreSQL is away, or fails over 3': { says: /^ +\d+ \| t$/m },
  'PostgreSQL is restored from a backup 1': scales('worker', 0),
  'PostgreSQL is restored from a backup 2': { says: /the schema is current/ },
  'PostgreSQL is restored from a backup 3': {
    given: async (scene) => {
      const { username, refreshToken } = await somebody(scene);
      Object.assign(kept, { username, refreshToken });
      return {};
    },
    says: /UPDATE [1-9]/,
    after: async (scene) => {
      expect(await refreshStatus(scene, kept.refreshToken)).toBe(401);
    },
  },
  'PostgreSQL is restored from a backup 4': {
    ...rolls('api'),
    after: async (scene) => {
      expect(await signInStatus(scene, kept.username)).toBe(200);
    },
  },
  'PostgreSQL is restored from a backup 5': scales('worker', 1),

  'A signing key is lost 1': {
    given: async (scene) => {
      kept.kids = await publishedKids(scene);
      scene.cluster.secrets.delete('identity-keys');
      return {};
    },
    after: async (scene) => {
      expect(scene.cluster.secrets.has('identity-keys')).toBe(true);
      await publishes(scene, (kids) => kids.length === kept.kids.length + 1);
      expect(await publishedKids(scene)).toEqual(expect.arrayContaining(kept.kids));
    },
  },
  'A signing key is lost 2': {
    given: async (scene) => {
      kept.kid = await signingKid(scene);
      return { KID: kept.kid };
    },
    after: async (scene) => {
      await publishes(scene, (kids) => kids.length > 0 && !kids.includes(kept.kid));
    },
  },
  'A signing key is lost 3': {
    given: async (scene) => {
      const { refreshToken } = await somebody(scene);
      kept.refreshToken = refreshToken;
      kept.kids = await publishedKids(scene);
      return {};
    },
    after: async (scene) => {
      await publishes(scene, (kids) => kids.length === 1 && !kept.kids.includes(kids[0]!));
      expect(await refreshStatus(scene, kept.refreshToken)).toBe(401);
    },
  },
  'A signing key is lost 4': { says: /^200 .*"kid"/m },

  'Another secret is lost 1': {
    given: ({ cluster }) => {
      kept.material = cluster.secrets.get('identity-material')!;
      cluster.secrets.delete('identity-material');
      return {};
    },
    after: ({ cluster }) => {
      expect(cluster.secrets.get('identity-material')).toEqual(kept.material);
      return Promise.resolve();
    },
  },
  'Another secret is lost 2': { says: /unusable/i },
};
