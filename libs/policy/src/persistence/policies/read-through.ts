import { LRUCache } from 'lru-cache';
import type { Dated, PolicyChanges } from './policy-changes.js';

/** What a store knows of the keys it was asked for; what it leaves out it does not know. */
export type Lookup<Value extends Dated> = (keys: string[]) => Promise<Map<string, Value>>;

/** Where each answer was found: 0 is memory, then the stores in order. */
export interface Found<Value> {
  value: Value;
  store: number;
}

/** How often an answer is read again that changed while it was read. */
const ATTEMPTS = 3;

/**
 * Keeps answers in memory, up to so many bytes, and asks the stores in order for what it lacks, once for all who wait for
 * the same. An answer is handed out while it stands; the last store knows everything.
 */
export class ReadThrough<Value extends Dated> {
  private readonly memory: LRUCache<string, Value>;
  private readonly asked = new Map<string, Promise<Found<Value>>>();

  constructor(
    private readonly changes: PolicyChanges,
    private readonly stores: Lookup<Value>[],
    limits: { bytes: number; sizeOf: (value: Value) => number },
  ) {
    this.memory = new LRUCache({ maxSize: limits.bytes, sizeCalculation: limits.sizeOf });
  }

  /** What is in memory and stands. */
  peek(key: string): Value | undefined {
    const value = this.memory.get(key);
    return value && this.changes.stands(value) ? value : undefined;
  }

  /** @returns an answer for each key */
  async get(keys: readonly string[]): Promise<Map<string, Found<Value>>> {
    const found = new Map<string, Found<Value>>();
    const missing = new Set<string>();
    for (const key of keys) {
      const value = this.peek(key);
      if (value) found.set(key, { value, store: 0 });
      else missing.add(key);
    }
    if (missing.size === 0) return found;
    this.ask([...missing].filter((key) => !this.asked.has(key)));
    await Promise.all([...missing].map(async (key) => found.set(key, await this.awaited(key))));
    return found;
  }

  private async awaited(key: string): Promise<Found<Value>> {
    const answer = await this.asked.get(key);
    if (!answer) throw new Error(`nothing was asked about ${key}`);
    return answer;
  }

  private ask(keys: string[]): void {
    if (keys.length === 0) return;
    const answers = this.read(keys);
    for (const key of keys) {
      const answer = answers.then((all) => {
        const found = all.get(key);
        if (!found) throw new Error(`no store knows ${key}`);
        return found;
      });
      this.asked.set(key, answer);
      answer
        .catch(() => undefined)
        .finally(() => this.asked.delete(key))
        .catch(() => undefined);
    }
  }

  private async read(keys: string[]): Promise<Map<string, Found<Value>>> {
    const found = new Map<string, Found<Value>>();
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      for (const [index, lookup] of this.stores.entries()) {
        const missing = keys.filter((key) => !found.has(key));
        if (missing.length === 0) return found;
        const isLast = attempt === ATTEMPTS && index === this.stores.length - 1;
        this.adopt(await lookup(missing), { found, store: index + 1, isLast });
      }
    }
    return found;
  }

  /** @param into the last answer of the last store is as new as can be had: it is used, if not kept */
  private adopt(
    answers: Map<string, Value>,
    { found, store, isLast }: { found: Map<string, Found<Value>>; store: number; isLast: boolean },
  ): void {
    for (const [key, value] of answers) {
      const stands = this.changes.stands(value);
      if (stands) this.memory.set(key, value);
      if (stands || isLast) found.set(key, { value, store });
    }
  }
}
