import { describe, expect, it } from 'vitest';
import { helm } from '../support/helm.js';
import { EVERYTHING, MINIMAL } from '../support/matrix.js';
import { from, only } from '../support/renderings.js';

describe('service-account.yaml', () => {
  it('makes one without a token, named as the release or by values', () => {
    expect(only('service-account.yaml')).toMatchObject({
      metadata: { name: 'identity' },
      automountServiceAccountToken: false,
    });
    const named = only('service-account.yaml', { serviceAccount: { name: 'own', annotations: { note: 'x' } } });
    expect(named.metadata).toMatchObject({ name: 'own', annotations: { note: 'x' } });
    const { serviceAccountName } = only('worker/deployment.yaml', { serviceAccount: { name: 'own' } })['spec'].template
      .spec;
    expect(serviceAccountName).toBe('own');
  });

  it('makes none where one exists', () => {
    const values = { serviceAccount: { create: false, name: 'theirs' } };
    expect(from('service-account.yaml', values)).toEqual([]);
    expect(only('api/deployment.yaml', values)['spec'].template.spec.serviceAccountName).toBe('theirs');
    const nobodys = only('api/deployment.yaml', { serviceAccount: { create: false } });
    expect(nobodys['spec'].template.spec.serviceAccountName).toBe('default');
  });
});

describe('secrets/external-secrets.yaml', () => {
  const externalSecrets = { enabled: true, store: { name: 'vault', kind: 'SecretStore' }, refreshInterval: '5m' };
  const made = (values: object = {}) => from('secrets/external-secrets.yaml', { externalSecrets, ...values });

  it('makes none unless asked to', () => {
    expect(from('secrets/external-secrets.yaml')).toEqual([]);
  });

  it('makes connections and material from their entries, and leaves the keys to others [ASVS 13.3.1]', () => {
    const objects = made();
    expect(objects.map(({ metadata }) => metadata.name)).toEqual(['identity-connections', 'identity-material']);
    for (const { metadata, spec } of objects) {
      expect(spec).toMatchObject({
        refreshInterval: '5m',
        secretStoreRef: { kind: 'SecretStore', name: 'vault' },
        target: { name: metadata.name, creationPolicy: 'Owner', deletionPolicy: 'Retain' },
      });
    }
    expect(objects.flatMap(({ spec }) => (spec.data as { secretKey: string }[]).map((one) => one.secretKey))).toEqual([
      'DATABASE_URL',
      'REDIS_URL',
      'refresh-token.key',
      'otp.pepper',
      'configuration.key',
    ]);
  });

  it('asks for no REDIS_URL with a cluster, and makes the keys whole where they have an entry', () => {
    const [connections] = made({ settings: { REDIS_CLUSTER_NODES: 'a:6379' } });
    expect(connections?.['spec'].data).toHaveLength(1);
    const keys = made({ externalSecrets: { ...externalSecrets, keys: { remoteKey: 'identity/keys' } } })[2];
    expect(keys).toMatchObject({
      metadata: { name: 'identity-keys' },
      spec: { dataFrom: [{ extract: { key: 'identity/keys' } }] },
    });
  });

  it('comes before the pods where Argo CD applies it', () => {
    for (const { metadata } of made({ migration: { hooks: 'argocd' } })) {
      expect(metadata.annotations).toEqual({ 'argocd.argoproj.io/sync-wave': '-10' });
    }
  });
});

describe('NOTES.txt', () => {
  const notes = (values: object = {}, { files } = MINIMAL) => {
    const answer = helm(['install', 'identity', '--namespace', 'seller', '--dry-run=client'], { files, values });
    expect(answer.stderr).not.toContain('Error');
    return answer.stdout.split('\nNOTES:\n')[1] ?? '';
  };

  it('says how many pods there are, what they wait for, and what nobody has closed', () => {
    const text = notes();
    expect(text).toContain('in seller: API ×2, worker ×1.');
    expect(text).toContain('identity-connections: DATABASE_URL, REDIS_URL');
    expect(text.match(/WARNING/g)).toHaveLength(3);
  });

  it('warns of nothing where everything is on', () => {
    const text = notes({}, EVERYTHING);
    expect(text).not.toContain('WARNING');
    expect(text).toContain('API ×3 to 10');
    expect(text).toContain('https://identity.example.com/v1/api/identity');
  });

  it('tells whoever migrates by hand', () => {
    expect(notes({ migration: { mode: 'none' } })).toContain('until somebody has migrated the schema');
    expect(notes({ migration: { mode: 'none' } })).not.toContain('job/identity-migrate');
  });
});
