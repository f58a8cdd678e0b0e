import { DomainError } from '@platform/kernel';

/** An error in the operator's words: its message, and for refused fields what each of them wants. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const fields = error instanceof DomainError ? (error.errors ?? []) : [];
  return [error.message, ...fields.map(({ message }) => message)].join(' ');
}
