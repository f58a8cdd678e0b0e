import type { IContainer } from 'kubernetes-models/v1';
import { describe, expect, it } from 'vitest';
import { from, only } from '../support/renderings.js';

describe('keys/access.yaml', () => {
  const access = (keys: object, more: object = {}) => from('keys/access.yaml', { keys, ...more });
  const subjects = (keys: object, more: object = {}) =>
    access(keys, more)
      .filter(({ kind }) => kind === 'RoleBinding')
      .flatMap((binding) => (binding['subjects'] as { name: string }[]).map(({ name }) => name));

  it('gives nobody a right unless asked to', () => {
    expect(access({})).toEqual([]);
  });

  it('lets an account of its own get and update the one Secret', () => {
    const objects = access({ access: { enabled: true } });
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted()).toEqual([
      'Role identity-keys',
      'RoleBinding identity-keys',
      'ServiceAccount identity-keys',
    ]); // prettier-ignore
    expect(objects.find(({ kind }) => kind === 'Role')?.['rules']).toEqual([
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['identity-keys'], verbs: ['get', 'update'] },
    ]);
    expect(subjects({ access: { enabled: true } })).toEqual(['identity-keys']);
  });

  it('names the Secret that exists', () => {
    const [role] = access({ access: { enabled: true } }, { secrets: { keys: { existingSecret: 'ring' } } }).filter(
      ({ kind }) => kind === 'Role',
    );
    expect(role?.['rules'][0].resourceNames).toEqual(['ring']);
  });

  it('comes with the rotation, and reaches the pods of the API only where asked to', () => {
    expect(access({ rotation: { enabled: true } })).toHaveLength(3);
    expect(subjects({ rotation: { enabled: true } })).toEqual(['identity-keys']);
    expect(subjects({ access: { enabled: true, fromApiPods: true } })).toEqual(['identity-keys', 'identity']);
  });
});

describe('keys/cron-job.yaml', () => {
  const job = (rotation: object = {}, more: object = {}) =>
    only('keys/cron-job.yaml', { keys: { rotation: { enabled: true, ...rotation } }, ...more });
  const first = (...given: Parameters<typeof job>) =>
    job(...given)['spec'].jobTemplate.spec.template.spec.containers[0] as IContainer;

  it('is off unless asked for; access alone does not bring it', () => {
    expect(from('keys/cron-job.yaml')).toEqual([]);
    expect(from('keys/cron-job.yaml', { keys: { access: { enabled: true } } })).toEqual([]);
  });

  it('looks each night in UTC, one at a time, and tries again', () => {
    expect(job()['spec']).toMatchObject({
      schedule: '17 3 * * *',
      timeZone: 'Etc/UTC',
      concurrencyPolicy: 'Forbid',
      jobTemplate: { spec: { backoffLimit: 2, template: { spec: { restartPolicy: 'Never' } } } },
    });
    expect(job({ schedule: '0 1 * * 0' })['spec'].schedule).toBe('0 1 * * 0');
  });

  it('rotates by the command, with the ages that values say, in whole numbers', () => {
    expect(first().command).toEqual(['identity']);
    expect(first({ everyDays: 30, leadSeconds: 1_209_600 }).args).toEqual([
      'keys',
      'rotate',
      '--in-cluster',
      '--secret=identity-keys',
      '--every-days=30',
      '--lead-seconds=1209600',
    ]);
  });

  it('knows how long tokens live, and no password', () => {
    const env = first({}, { settings: { ACCESS_TOKEN_TTL_SECONDS: 300 } }).env;
    expect(env).toEqual([
      { name: 'NODE_ENV', value: 'production' },
      { name: 'ACCESS_TOKEN_TTL_SECONDS', value: '300' },
    ]);
  });
});
