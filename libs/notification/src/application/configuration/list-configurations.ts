import { Injectable } from '@nestjs/common';
import { CredentialBox, type CredentialState } from '../../domain/configuration/credential-box.js';
import { ConfigurationStore, type StoredConfiguration } from './configuration-store.js';

export interface ListedConfiguration extends Omit<StoredConfiguration, 'credential'> {
  /** Never the credential itself: whether there is one, and how it is kept. */
  credential: 'none' | CredentialState;
}

/** Lists what is configured: no credential, and no value either, since other services may keep secrets in theirs. */
@Injectable()
export class ListConfigurations {
  constructor(
    private readonly store: ConfigurationStore,
    private readonly credentials: CredentialBox,
  ) {}

  /** @throws DomainError `database.unavailable` */
  async execute(group?: string): Promise<ListedConfiguration[]> {
    const rows = await this.store.list(group);
    return rows.map((row) => this.listed(row));
  }

  /**
   * A page of them, by code, and the cursor of the next one. Rows of one code are not parted: a page may hold more than
   * `limit`.
   * @throws DomainError `database.unavailable`
   */
  async page({ limit, cursor, group }: { limit: number; cursor?: string; group?: string }) {
    const found = await this.store.page({ limit: limit + 1, after: cursor, group });
    const last = found[limit - 1]?.code;
    const rows = found.filter(({ code }, index) => index < limit || code === last);
    return { rows: rows.map((row) => this.listed(row)), next: found.length > limit ? (last ?? null) : null };
  }

  private listed({ credential, ...row }: StoredConfiguration): ListedConfiguration {
    return { ...row, credential: credential === null ? 'none' : this.credentials.stateOf(row.code, credential) };
  }
}
