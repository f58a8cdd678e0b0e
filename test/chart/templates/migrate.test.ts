import type { IContainer } from 'kubernetes-models/v1';
import { describe, expect, it } from 'vitest';
import { from, only } from '../support/renderings.js';

const store = { enabled: true, store: { name: 'vault' } };

describe('migrate/job.yaml', () => {
  const job = (values: object = {}) => only('migrate/job.yaml', values);
  const secretOf = (values: object = {}) =>
    (job(values)['spec'].template.spec.containers[0] as IContainer).env?.find(({ name }) => name === 'DATABASE_URL')
      ?.valueFrom?.secretKeyRef;

  it('comes before an installation and before an upgrade', () => {
    expect(job().metadata).toMatchObject({
      name: 'identity-migrate',
      annotations: {
        'helm.sh/hook': 'pre-install,pre-upgrade',
        'helm.sh/hook-weight': '0',
        'helm.sh/hook-delete-policy': 'before-hook-creation',
      },
    });
  });

  it('is a PreSync hook of Argo CD, where that applies the chart', () => {
    expect(job({ migration: { hooks: 'argocd' } }).metadata.annotations).toEqual({
      'argocd.argoproj.io/hook': 'PreSync',
      'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
      'argocd.argoproj.io/sync-wave': '0',
    });
  });

  it.each([['initContainer'], ['none']])('is not there with the mode %s', (mode) => {
    expect(from('migrate/job.yaml', { migration: { mode } })).toEqual([]);
  });

  it('ends in time, and tries as often as values say', () => {
    const values = { migration: { backoffLimit: 0, activeDeadlineSeconds: 3600, ttlSecondsAfterFinished: 60 } };
    expect(job(values)['spec']).toMatchObject(values.migration);
    expect(job()['spec'].template.spec).toMatchObject({
      restartPolicy: 'Never',
      serviceAccountName: 'default',
      automountServiceAccountToken: false,
    });
    const named = job({ migration: { serviceAccountName: 'migrator' } });
    expect(named['spec'].template.spec.serviceAccountName).toBe('migrator');
  });

  it('reads the address of the release, one of its own behind PgBouncer, or what External Secrets make before it', () => {
    expect(secretOf()).toEqual({ name: 'identity-connections', key: 'DATABASE_URL' });
    const own = { secrets: { migration: { existingSecret: 'direct', databaseUrlKey: 'url' } } };
    expect(secretOf(own)).toEqual({ name: 'direct', key: 'url' });
    expect(secretOf({ externalSecrets: store })).toEqual({ name: 'identity-migrate', key: 'DATABASE_URL' });
    expect(secretOf({ ...own, externalSecrets: store })).toEqual({ name: 'direct', key: 'url' });
  });
});

describe('migrate/external-secret.yaml', () => {
  const secret = 'migrate/external-secret.yaml';

  it('is not there without External Secrets, a migration, or need', () => {
    expect(from(secret)).toEqual([]);
    expect(from(secret, { externalSecrets: store, migration: { mode: 'none' } })).toEqual([]);
    const existing = { migration: { existingSecret: 'direct' } };
    expect(from(secret, { externalSecrets: store, secrets: existing })).toEqual([]);
  });

  it('comes before the Job, with nothing but its address', () => {
    const { metadata, spec } = only(secret, { externalSecrets: store });
    expect(metadata.annotations).toMatchObject({
      'helm.sh/hook-weight': '-20',
      'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
    });
    expect(spec.target).toMatchObject({ name: 'identity-migrate', creationPolicy: 'Owner' });
    expect(spec.data).toEqual([
      { secretKey: 'DATABASE_URL', remoteRef: { key: 'identity/connections', property: 'DATABASE_URL' } },
    ]);
  });

  it('reads another entry behind PgBouncer, and belongs to the release beside an init container', () => {
    const values = { externalSecrets: { ...store, migration: { remoteKey: 'identity/direct' } } };
    expect(only(secret, values)['spec'].data[0].remoteRef.key).toBe('identity/direct');
    const inside = only(secret, { ...values, migration: { mode: 'initContainer' } });
    expect(inside.metadata.annotations).toBeUndefined();
  });
});
