import { Injectable } from '@nestjs/common';
import { AddressBook, type Owner } from '@identity/notification/worker';
import { Directory } from '@identity/users';

/** Whose an address is, by the directory of users. */
@Injectable()
export class DirectoryAddressBook extends AddressBook {
  constructor(private readonly directory: Directory) {
    super();
  }

  async ownerOf({ scheme, value }: { scheme: 'email' | 'phone'; value: string }): Promise<Owner> {
    const account = await this.directory.findForSignIn({ scheme, value, display: value });
    return account === undefined || account.status === 'deleted' ? 'nobody' : account.status;
  }
}
