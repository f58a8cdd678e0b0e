import { Command } from 'commander';
import type { INestApplicationContext } from '@nestjs/common';
import { findUser } from '../find-user.js';
import { print } from '../output.js';
import { withService } from '../with-service.js';

const OPERATOR = { type: 'operator' } as const;
type Action = (
  service: INestApplicationContext,
  userId: string,
) => Promise<Record<string, string | boolean | number | null>>;

/** `identity users …`; a user is named by id, or as `email:…`, `phone:…`, `username:…`. */
export function usersCommand(): Command {
  return new Command('users')
    .description('accounts')
    .addCommand(onUser('inspect', 'show an account', inspect))
    .addCommand(
      onUser('disable', 'disable an account, which ends all its sessions', async (service, userId) => {
        const { ChangeUserStatus } = await import('../libraries/users.js');
        return { userId, changed: await service.get(ChangeUserStatus).disable(userId, OPERATOR) };
      }),
    )
    .addCommand(
      onUser('enable', 'enable a disabled account', async (service, userId) => {
        const { ChangeUserStatus } = await import('../libraries/users.js');
        return { userId, changed: await service.get(ChangeUserStatus).enable(userId, OPERATOR) };
      }),
    )
    .addCommand(onUser('end-sessions', 'sign an account out everywhere', endSessions));
}

function onUser(name: string, description: string, action: Action): Command {
  return new Command(name)
    .description(description)
    .argument('<user>', 'id, or email:…, phone:…, username:…')
    .action(async (user: string, _options: unknown, command: Command) => {
      print(command, await withService(async (service) => await action(service, await findUser(service, user))));
    });
}

async function inspect(service: INestApplicationContext, userId: string) {
  const { EndSessions } = await import('../libraries/auth.js');
  const { Directory } = await import('../libraries/users.js');
  const directory = service.get(Directory);
  const [user, identifiers, sessions] = await Promise.all([
    directory.find(userId),
    directory.identifiersOf(userId),
    service.get(EndSessions).countLive(userId),
  ]);
  return {
    userId,
    status: user?.status ?? null,
    type: user?.type ?? null,
    identifiers: identifiers.map(({ scheme, value }) => `${scheme}:${value}`).join(', '),
    liveSessions: sessions,
    createdAt: user?.createdAt.toISOString() ?? null,
    lastLoginAt: user?.lastLoginAt?.toISOString() ?? null,
  };
}

async function endSessions(service: INestApplicationContext, userId: string) {
  const { EndSessions } = await import('../libraries/auth.js');
  await service.get(EndSessions).everywhere(userId, OPERATOR);
  return { userId, changed: true };
}
