import { Injectable } from '@nestjs/common';
import { toPage } from '@platform/http';
import { ServiceAccounts } from './service-accounts.js';

/** All service accounts, revoked ones too, newest first. */
@Injectable()
export class ListServiceAccounts {
  constructor(private readonly accounts: ServiceAccounts) {}

  /** @param page how many, and the id below which to go on */
  async execute(page: { limit: number; cursor?: string }) {
    return toPage(await this.accounts.page(page.limit + 1, page.cursor), page.limit);
  }
}
