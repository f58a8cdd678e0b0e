/** Answers that may be given again for a moment; of more than `most` the oldest go first. */
export class ShortCache<Value> {
  private readonly entries = new Map<string, { value: Value; until: number }>();

  /** @param milliseconds how long an answer counts; 0 keeps nothing */
  constructor(
    private readonly milliseconds: number,
    private readonly most: number,
  ) {}

  get(key: string, now: number): Value | undefined {
    const entry = this.entries.get(key);
    return entry && entry.until > now ? entry.value : undefined;
  }

  /** What was answered last, however long ago, if it is still here. */
  last(key: string): Value | undefined {
    return this.entries.get(key)?.value;
  }

  /** @param now when the question was asked: how old the answer may be is counted from there */
  set(key: string, value: Value, now: number): void {
    if (this.milliseconds === 0) return;
    this.entries.delete(key);
    this.entries.set(key, { value, until: now + this.milliseconds });
    if (this.entries.size <= this.most) return;
    const [oldest = ''] = this.entries.keys();
    this.entries.delete(oldest);
  }
}
