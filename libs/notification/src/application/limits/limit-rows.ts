/** Rows of public."Configuration" that tighten limits: what each holds, by its code. */
export abstract class LimitRows {
  /**
   * As they are at this moment; a code with more than one row has none that counts.
   * @throws DomainError `database.unavailable`
   */
  abstract read(): Promise<{ values: Map<string, unknown>; ambiguous: string[] }>;
}
