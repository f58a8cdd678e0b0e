/** Whose an address is. */
export type Owner = 'nobody' | 'active' | 'disabled';

/** `value` is canonical. */
export interface Address {
  scheme: 'email' | 'phone';
  value: string;
}

/** Are these addresses somebody's? The worker's app binds it to the directory of users. */
export abstract class AddressBook {
  /**
   * @returns whose each of them is, in the same order
   * @throws DomainError `database.unavailable`
   */
  abstract ownersOf(addresses: readonly Address[]): Promise<Owner[]>;
}
