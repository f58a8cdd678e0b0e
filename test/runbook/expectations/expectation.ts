import type { Outcome } from '../support/programs.js';
import type { Person } from '../support/troubles.js';
import type { World } from '../support/world.js';

/** What stands ready for the blocks. */
export interface Scene extends World {
  /** Signed up by mail. */
  ana: Person;
}

/** What a block needs, prints and changes. */
export interface Expectation {
  /** Makes something for it to do, and the variables that an operator would fill in. */
  given?: (scene: Scene) => Promise<Record<string, string>> | Record<string, string>;
  /** What it prints. */
  says?: RegExp;
  /** What has changed. */
  after?: (scene: Scene, outcome: Outcome) => Promise<void>;
}

/** By the names of the blocks, in their order. */
export type Expectations = Record<string, Expectation>;
