import { DomainError } from '@platform/kernel';

/**
 * A message waits for a few of these, and a worker that has 32 in hand must not run out of them. Of calls that follow each
 * other at once, each is for three messages; so far apart, for five, and PostgreSQL has less to do.
 */
const APART_MS = 4;
/** More would make one statement, and what waits for it, slow. */
const MOST = 100;

interface Question<Item, Answer> {
  item: Item;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

/**
 * Asks for many things at once: what comes while an earlier call is under way, or has just begun, goes with the next. One
 * key is never twice in a call. What comes alone is asked for at once.
 */
export class Gathered<Item, Answer> {
  private waiting: Question<Item, Answer>[] = [];
  private isUnderway = false;

  /**
   * @param keyOf what makes two items the same thing
   * @param ask answers each item, in order; it changes either all or, when it throws, nothing
   */
  constructor(
    private readonly keyOf: (item: Item) => string,
    private readonly ask: (items: Item[]) => Promise<Answer[]>,
  ) {}

  /** @throws what `ask` throws */
  async get(item: Item): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.waiting.push({ item, resolve, reject });
    if (!this.isUnderway) void this.run();
    return await promise;
  }

  private async run(): Promise<void> {
    this.isUnderway = true;
    await Promise.resolve(); // what comes in the same breath goes along
    for (let next = this.take(); next.length > 0; next = this.take()) {
      const apart = new Promise((resolve) => setTimeout(resolve, APART_MS));
      await this.settle(next);
      await apart;
    }
    this.isUnderway = false;
  }

  private take(): Question<Item, Answer>[] {
    const chosen = new Map<string, Question<Item, Answer>>();
    const rest: Question<Item, Answer>[] = [];
    for (const question of this.waiting) {
      const key = this.keyOf(question.item);
      if (chosen.size < MOST && !chosen.has(key)) chosen.set(key, question);
      else rest.push(question);
    }
    this.waiting = rest;
    return [...chosen.values()];
  }

  /** One item that cannot be asked for must not take the others with it: then each is asked for by itself. */
  private async settle(questions: Question<Item, Answer>[]): Promise<void> {
    try {
      const answers = await this.ask(questions.map(({ item }) => item));
      questions.forEach(({ resolve }, index) => resolve(answers[index] as Answer));
    } catch (error) {
      const isAlone = questions.length === 1;
      const isAway = error instanceof DomainError && error.kind === 'unavailable';
      if (isAlone || isAway) questions.forEach(({ reject }) => reject(error));
      else for (const question of questions) await this.settle([question]);
    }
  }
}
