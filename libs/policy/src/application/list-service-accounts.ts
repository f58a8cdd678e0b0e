import { Injectable } from '@nestjs/common';
import { ServiceAccounts } from './service-accounts.js';

/** All service accounts, revoked ones too, newest first. */
@Injectable()
export class ListServiceAccounts {
  constructor(private readonly accounts: ServiceAccounts) {}

  /** @param page how many, and the id below which to go on */
  async execute(page: { limit: number; cursor?: string }) {
    const found = await this.accounts.page(page.limit + 1, page.cursor);
    const items = found.slice(0, page.limit).map(({ id, name, scopes, ...times }) => ({
      id,
      name,
      scopes,
      createdAt: times.createdAt.toISOString(),
      lastUsedAt: times.lastUsedAt?.toISOString() ?? null,
      revokedAt: times.revokedAt?.toISOString() ?? null,
    }));
    return { items, nextCursor: found.length > page.limit ? (items.at(-1)?.id ?? null) : null };
  }
}
