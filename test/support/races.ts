import type { Answer } from './client.js';

/** Starts `work` so many times at once; the answers in the order of the starts. */
export function atOnce<T>(times: number, work: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: times }, (_item, index) => work(index)));
}

/** One after the other. */
export async function oneByOne<T>(times: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let index = 0; index < times; index += 1) results.push(await work(index));
  return results;
}

/** How often each status was answered: `{ 201: 1, 409: 19 }`. */
export function tally(answers: Pick<Answer, 'status'>[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** What two refusals must have in common: all but what belongs to the one request. */
export function shapeOf({ status, body }: Answer): Record<string, unknown> {
  return { httpStatus: status, ...body, requestId: undefined };
}
