import { formatManifest, MANIFEST_FILE } from '../domain/key-manifest.js';
import type { StoredKeys } from '../domain/stored-keys.js';
import type { Change, KeyStore } from './key-store.js';

interface Source {
  readonly name: string;
  readIfAny(): Promise<StoredKeys>;
  /** Entries of the Secret that are none of the keys', in base64: they go back as they came. */
  others(stored: StoredKeys): Promise<Record<string, string>>;
}

/**
 * Reads one store and writes none: prints what it should become as a Secret, since a pod sees its keys read-only. Who
 * applies it decides that nobody else has changed it meanwhile.
 */
export class PrintedSecret implements KeyStore {
  readonly name: string;

  constructor(
    private readonly source: Source,
    private readonly secret: { name: string; namespace?: string },
    private readonly print: (yaml: string) => void,
  ) {
    this.name = source.name;
  }

  async read(): Promise<StoredKeys> {
    return await this.source.readIfAny();
  }

  async update<T>(change: (stored: StoredKeys) => Promise<Change<T>>): Promise<T> {
    const stored = await this.read();
    const { keys, result } = await change(stored);
    const data = { ...(await this.source.others(stored)), ...toSecretData(keys ?? stored) };
    this.print(toYaml(this.secret, data));
    return result;
  }
}

/** The `data` of a Secret: the files of the key directory, in base64. */
export function toSecretData({ manifest, pems }: StoredKeys): Record<string, string> {
  const files = [[MANIFEST_FILE, formatManifest(manifest)] as const, ...pems];
  return Object.fromEntries(files.map(([name, text]) => [name, Buffer.from(text).toString('base64')]));
}

/** Every value is quoted as JSON, which is YAML: no name or base64 text can pass for a number or a date. */
function toYaml({ name, namespace }: { name: string; namespace?: string }, data: Record<string, string>): string {
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  const block = (values: Record<string, string>) =>
    Object.entries(values).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  const lines = [
    'apiVersion: v1',
    'kind: Secret',
    'type: Opaque',
    'metadata:',
    ...block(metadata),
    'data:',
    ...block(data),
  ];
  return `${lines.join('\n')}\n`;
}
