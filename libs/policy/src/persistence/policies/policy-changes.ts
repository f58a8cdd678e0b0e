import type { Clock } from '@platform/kernel';
import { Snapshot } from './snapshot.js';

/** How long an answer counts that nobody has heard a change of. */
export const TRUST_MS = 120_000;
/** And while changes are not heard of: behind a pooler, or just after PostgreSQL has dropped the connection. */
const UNHEARD_TRUST_MS = 900;
const FORGET_EVERY = 1000;
/** Told of changes that affect everybody. */
const EVERYBODY = '*';

interface Change {
  transaction: number;
  /** Its place among all that were heard. */
  number: number;
  at: number;
}

/** An answer that was read at a moment, and whom it is about. */
export interface Dated {
  /** Whose changes it depends on. */
  readonly names: readonly string[];
  readonly snapshot: Snapshot;
  /** On this process's monotonic clock. */
  readonly readAt: number;
  /** The newest change that it was held against. */
  checked: number;
}

/** What was heard of changes, and whether an answer that was read earlier still stands. */
export class PolicyChanges {
  private readonly changes = new Map<string, Change[]>();
  private count = 0;
  /** What was committed before changes were heard of. */
  private floor?: Snapshot;

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  /** Changes are heard of from now on. @param snapshot what was committed by then */
  begin(snapshot: string): void {
    this.count += 1;
    this.floor = new Snapshot(snapshot);
  }

  /** Changes are heard of no more. What was heard before `begin` counts after it: its snapshot may not have seen that. */
  end(): void {
    this.floor = undefined;
    this.changes.clear();
  }

  /** @param message as the migration's trigger writes it: the transaction and the names, spaces between */
  hear(message: string): void {
    const [transaction = '', ...names] = message.split(' ');
    if (!/^\d{1,15}$/.test(transaction)) return; // anybody in the database may say anything here
    this.count += 1;
    const now = this.clock.monotonic();
    for (const name of names) {
      const change = { transaction: Number(transaction), number: this.count, at: now };
      const changes = this.changes.get(name);
      if (changes) changes.push(change);
      else this.changes.set(name, [change]);
    }
    if (this.count % FORGET_EVERY === 0) this.forget(now);
  }

  /** Whether what was read then is what would be read now, as far as one can hear. */
  stands(answer: Dated): boolean {
    const age = this.clock.monotonic() - answer.readAt;
    if (!this.floor) return age < UNHEARD_TRUST_MS;
    if (age >= TRUST_MS) return false;
    if (answer.checked === this.count) return true;
    const known = answer.snapshot.covers(this.floor);
    if (!known || ![EVERYBODY, ...answer.names].every((name) => this.sawAll(answer, name))) return false;
    answer.checked = this.count;
    return true;
  }

  /** Whether answers of others may be used: only who hears of changes knows whether they stand. */
  get hearing(): boolean {
    return this.floor !== undefined;
  }

  private sawAll({ snapshot, checked }: Dated, name: string): boolean {
    const changes = this.changes.get(name) ?? [];
    const before = changes.findLastIndex(({ number }) => number <= checked);
    const oldest = this.clock.monotonic() - 2 * TRUST_MS;
    return changes.slice(before + 1).every(({ transaction, at }) => at < oldest || snapshot.sees(transaction));
  }

  /** No answer is in use that was read before these. */
  private forget(now: number): void {
    for (const [name, changes] of this.changes) {
      const recent = changes.filter(({ at }) => now - at < 2 * TRUST_MS);
      if (recent.length > 0) this.changes.set(name, recent);
      else this.changes.delete(name);
    }
  }
}
