/** Whose an address is. */
export type Owner = 'nobody' | 'active' | 'disabled';

/** Is this address somebody's? The worker's app binds it to the directory of users. */
export abstract class AddressBook {
  /**
   * @param address `value` is canonical
   * @throws DomainError `database.unavailable`
   */
  abstract ownerOf(address: { scheme: 'email' | 'phone'; value: string }): Promise<Owner>;
}
