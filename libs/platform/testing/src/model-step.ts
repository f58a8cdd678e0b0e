import type { AsyncCommand } from 'fast-check';

/**
 * One kind of step of a state machine test (`fc.commands`, `fc.asyncModelRun`).
 * @param name what a counter-example shows of it, so that it reads as a story
 * @param run takes the step in the model and in what it stands for, and holds one against the other
 */
export function modelStep<Model extends object, Real>(
  name: string,
  run: (model: Model, real: Real) => Promise<void>,
): AsyncCommand<Model, Real> {
  return { check: () => true, run, toString: () => name };
}
