import type { Clock } from '@platform/kernel';

interface RefreshOptions<T> {
  load: () => Promise<T>;
  clock: Pick<Clock, 'monotonic'>;
  /** How old a value may get, counted from before it was asked for. */
  maxAgeMs: number;
  /** After a failure that is survived: until it is asked for again. */
  retryMs: number;
  /** Whether the last good value serves on after this error. */
  survives: (error: unknown) => boolean;
}

/** A value that is loaded anew once it is too old: one load at a time, and the last good value while there is none. */
export class Refreshed<T> {
  private last?: { value: T };
  private freshUntil = 0;
  private loading?: Promise<T>;

  constructor(private readonly options: RefreshOptions<T>) {}

  /** @throws whatever `load` throws, when there is no last good value or the error says more than "not now" */
  async get(): Promise<T> {
    if (this.last && this.options.clock.monotonic() < this.freshUntil) return this.last.value;
    this.loading ??= this.load().finally(() => (this.loading = undefined));
    return await this.loading;
  }

  private async load(): Promise<T> {
    const { load, clock, maxAgeMs, retryMs, survives } = this.options;
    const askedAt = clock.monotonic();
    try {
      const value = await load();
      this.last = { value };
      this.freshUntil = askedAt + maxAgeMs;
      return value;
    } catch (error) {
      if (!this.last || !survives(error)) throw error;
      this.freshUntil = clock.monotonic() + retryMs;
      return this.last.value;
    }
  }
}
