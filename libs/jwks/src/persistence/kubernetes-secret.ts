import type { CoreV1Api, V1Secret } from '@kubernetes/client-node';
import { type DomainError, withDeadline } from '@platform/kernel';
import { z } from 'zod';
import type { Change, KeyStore } from '../application/key-store.js';
import { toSecretData } from '../application/printed-secret.js';
import { keyError } from '../domain/key-error.js';
import { livingEntries, MANIFEST_FILE, parseManifest } from '../domain/key-manifest.js';
import type { StoredKeys } from '../domain/stored-keys.js';

/** How often a change is made anew because somebody else was quicker. */
const TRIES = 5;
const DEADLINE_MS = 10_000;

/** What we use of the API's answer; the rest of the Secret goes back as it came. */
const answerSchema = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string() }),
  data: z.record(z.string(), z.base64()).default({}),
});

/** A Secret, and where: without a namespace, that of the pod. */
export interface SecretName {
  name: string;
  namespace?: string;
}

/**
 * Keys in a Secret, changed through the API of Kubernetes from a pod in the cluster. It takes `get` and `update` on this
 * one Secret and nothing else. The API refuses to replace a Secret that has changed since it was read (its
 * `resourceVersion`): then the change is made anew from a fresh read.
 */
export class KubernetesSecret implements KeyStore {
  readonly name: string;
  private readonly secret: Required<SecretName>;

  private constructor(
    private readonly api: CoreV1Api,
    secret: Required<SecretName>,
  ) {
    this.secret = secret;
    this.name = `secret ${secret.namespace}/${secret.name}`;
  }

  /**
   * Uses what every pod finds: KUBERNETES_SERVICE_HOST, and the token, CA and namespace of its service account. The client
   * library is large, and loaded by this alone.
   * @param root stands before `/var/run/secrets/…`; for tests
   * @throws DomainError `keys.store-refused` outside a cluster
   */
  static async inCluster({ name, namespace }: SecretName, root = ''): Promise<KubernetesSecret> {
    const { CoreV1Api, KubeConfig } = await import('@kubernetes/client-node');
    const config = new KubeConfig();
    config.loadFromCluster(root);
    const { server } = config.getCurrentCluster() ?? {};
    const own = config.getContextObject(config.getCurrentContext())?.namespace?.trim();
    if (server === undefined || !URL.canParse(server) || server.includes('undefined')) {
      throw keyError('store-refused', 'this is no pod of a cluster: KUBERNETES_SERVICE_HOST and _PORT are not set');
    }
    return new KubernetesSecret(config.makeApiClient(CoreV1Api), { name, namespace: namespace ?? own ?? 'default' });
  }

  async read(): Promise<StoredKeys> {
    return this.toStored((await this.get()).data);
  }

  async update<T>(change: (stored: StoredKeys) => Promise<Change<T>>): Promise<T> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const { secret, data } = await this.get();
      const stored = this.toStored(data);
      const { keys, result } = await change(stored);
      if (!keys) return result;
      secret.data = merge(data, stored, keys); // all else goes back as it came
      if (await this.replace(secret)) return result;
    }
    throw keyError('busy', `${this.name}: was changed by others ${TRIES} times running`);
  }

  private async get(): Promise<{ secret: V1Secret; data: Record<string, string> }> {
    const secret = await withinDeadline(this.api.readNamespacedSecret(this.secret)).catch((error: unknown) => {
      throw this.refusal('get', error);
    });
    const parsed = answerSchema.safeParse(secret);
    if (!parsed.success) throw keyError('unreadable', `${this.name}: the API's answer is no Secret`);
    return { secret, data: parsed.data.data };
  }

  /** @returns false when the Secret has changed since it was read */
  private async replace(body: V1Secret): Promise<boolean> {
    try {
      await withinDeadline(this.api.replaceNamespacedSecret({ ...this.secret, body }));
      return true;
    } catch (error) {
      if (statusOf(error) === 409) return false;
      throw this.refusal('update', error);
    }
  }

  /** Without the library's error as its cause: that one quotes the body, which for a Secret holds keys. */
  private refusal(verb: string, error: unknown): DomainError {
    const status = statusOf(error);
    if (status === 403 || status === 401) {
      const rule = `get and update on secrets with resourceNames ["${this.secret.name}"]`;
      return keyError(
        'store-refused',
        `${this.name}: the API refuses ${verb} (${status}); the service account wants ${rule}`,
      );
    }
    if (status === 404)
      return keyError('store-refused', `${this.name}: is missing; make it first, as by --print-secret`);
    if (status !== undefined) return keyError('not-written', `${this.name}: the API answers ${status} to ${verb}`);
    return keyError('not-written', `${this.name}: the API cannot be reached to ${verb} it`);
  }

  private toStored(data: Record<string, string>): StoredKeys {
    const texts = new Map(Object.entries(data).map(([name, value]) => [name, Buffer.from(value, 'base64').toString()]));
    const text = texts.get(MANIFEST_FILE);
    const manifest =
      text === undefined ? { version: 1 as const, keys: [] } : parseManifest(`${this.name}/${MANIFEST_FILE}`, text);
    const files = new Set(livingEntries(manifest).map(({ file }) => file));
    return { location: this.name, manifest, pems: new Map([...texts].filter(([name]) => files.has(name))) };
  }
}

/** Whatever else is in the Secret stays. */
function merge(data: Record<string, string>, before: StoredKeys, after: StoredKeys): Record<string, string> {
  const files = new Set(before.manifest.keys.map(({ file }) => file));
  const others = Object.entries(data).filter(([name]) => !files.has(name));
  return { ...Object.fromEntries(others), ...toSecretData(after) };
}

async function withinDeadline<T>(asked: Promise<T>): Promise<T> {
  return await withDeadline(asked, DEADLINE_MS, () => new Error('no answer'));
}

function statusOf(error: unknown): number | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'number' ? code : undefined;
}
