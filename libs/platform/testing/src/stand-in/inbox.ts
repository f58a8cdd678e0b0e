const CAPACITY = 1000;

export interface Received {
  to: string;
  text: string;
  receivedAt: Date;
  /** As it came over the wire. */
  raw: string;
}

/** A message as it is kept; the number tells it from the others. */
export type Kept<M extends Received> = M & { id: number };

/** The last messages that a stand-in was sent, in memory alone. */
export class Inbox<M extends Received> {
  #messages: Kept<M>[] = [];
  #lastId = 0;

  /** @param key brings two spellings of one recipient together */
  constructor(
    private readonly key: (to: string) => string,
    private readonly capacity = CAPACITY,
  ) {}

  add(message: M): Kept<M> {
    this.#lastId += 1;
    const kept = { ...message, id: this.#lastId };
    this.#messages = [kept, ...this.#messages.slice(0, this.capacity - 1)];
    return kept;
  }

  /** Newest first; all when no recipient is asked for. */
  list(to?: string): Kept<M>[] {
    if (!to) return [...this.#messages];
    const wanted = this.key(to);
    return this.#messages.filter((message) => this.key(message.to) === wanted);
  }

  clear(): void {
    this.#messages = [];
  }
}
