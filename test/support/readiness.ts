import type { Answer } from './client.js';

/** Whether `/readyz` says that a process is ready and has its Redis; until then it counts failures by itself and sends no code. */
export function isReady({ status, body }: Pick<Answer, 'status' | 'body'>): boolean {
  const { redis } = (body.details ?? {}) as Record<string, { status: string } | undefined>;
  return status === 200 && redis?.status === 'up';
}
