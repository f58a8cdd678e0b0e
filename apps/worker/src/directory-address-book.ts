import { Injectable } from '@nestjs/common';
import { type Address, AddressBook, type Owner } from '@identity/notification/worker';
import { Directory } from '@identity/users';

/** Whose an address is, by the directory of users. */
@Injectable()
export class DirectoryAddressBook extends AddressBook {
  constructor(private readonly directory: Directory) {
    super();
  }

  async ownersOf(addresses: readonly Address[]): Promise<Owner[]> {
    const statuses = await this.directory.statusesOf(addresses);
    return statuses.map((status) => (status === undefined || status === 'deleted' ? 'nobody' : status));
  }
}
