import { codesUnavailable } from '../domain/refusals.js';

/**
 * What Redis answers.
 * @throws DomainError `otp.unavailable` whatever the client rejects with; its connection has a command timeout
 */
export async function answerOf<T>(command: Promise<T>): Promise<T> {
  try {
    return await command;
  } catch (error) {
    throw codesUnavailable(error);
  }
}
