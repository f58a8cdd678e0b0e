import { CreateServiceAccount } from '@identity/policy';
import { randomUsername } from './client.js';
import type { TestService } from './start-service.js';

/** A sister service with an account. */
export interface Sister {
  id: string;
  name: string;
  secret: string;
  headers: { Authorization: string };
}

/** The header that a sister service calls with. */
export function basic(name: string, secret: string): { Authorization: string } {
  return { Authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}` };
}

/** Makes a service account. Processes know of it within a second, a service that no sister has called yet at once. */
export async function createSister({ app }: TestService, ...scopes: string[]): Promise<Sister> {
  const create = app.get(CreateServiceAccount, { strict: false });
  const { id, name, secret = '' } = await create.execute({ name: randomUsername(), scopes }, { type: 'operator' });
  return { id, name, secret, headers: basic(name, secret) };
}
