const NOTHING: ReadonlySet<number> = new Set();

/**
 * What a statement could see: PostgreSQL's `pg_current_snapshot()`, written `xmin:xmax:xip,xip`. Transactions below xmin
 * have ended, those from xmax on had not begun, those of xip were under way.
 */
export class Snapshot {
  private readonly xmin: number;
  private readonly xmax: number;
  private readonly inProgress: ReadonlySet<number>;

  constructor(text: string) {
    const [xmin = '', xmax = '', xip = ''] = text.split(':');
    this.xmin = Number(xmin);
    this.xmax = Number(xmax);
    this.inProgress = xip === '' ? NOTHING : new Set(xip.split(',').map(Number));
  }

  /** Whether what the transaction did was seen, it having been committed since or before. */
  sees(transaction: number): boolean {
    if (transaction < this.xmin) return true;
    return transaction < this.xmax && !this.inProgress.has(transaction);
  }

  /** Whether everything that `other` saw was seen. */
  covers(other: Snapshot): boolean {
    if (this.xmax < other.xmax) return false;
    return [...this.inProgress].every((transaction) => !other.sees(transaction));
  }
}
