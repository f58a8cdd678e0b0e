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
    return rows.map(({ credential, ...row }) => ({
      ...row,
      credential: credential === null ? 'none' : this.credentials.stateOf(row.code, credential),
    }));
  }
}
