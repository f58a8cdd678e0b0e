import type { Command } from 'commander';
import type { INestApplicationContext } from '@nestjs/common';
import type { Entity } from '@identity/policy';
import { findUser } from '../../find-user.js';

export interface SubjectOptions {
  user?: string;
  subject?: string;
}

/** Adds the two ways to name whom a command is about. */
export function withSubject(command: Command, whom: string): Command {
  return command
    .option('--user <user>', `${whom} this user: id, or email:…, phone:…, username:…`)
    .option('--subject <subject>', `${whom} anything else: <Type>_<id>, such as Role_248151234567890944`);
}

/** @throws Error when nobody, or somebody twice, is named */
export async function subjectOf(service: INestApplicationContext, options: SubjectOptions): Promise<Entity> {
  const subject = await optionalSubjectOf(service, options);
  if (!subject) throw new Error('name whom: --user or --subject');
  return subject;
}

export async function optionalSubjectOf(
  service: INestApplicationContext,
  { user, subject }: SubjectOptions,
): Promise<Entity | undefined> {
  if (user !== undefined && subject !== undefined) throw new Error('give --user or --subject, not both');
  if (user !== undefined) return { type: 'User', id: await findUser(service, user) };
  return subject === undefined ? undefined : toEntity(subject);
}

/** `Shop_7` → Shop, 7: a type has no `_`. */
export function toEntity(name: string): Entity {
  const [, type, id] = /^([A-Za-z][A-Za-z0-9]*)_(.+)$/.exec(name) ?? [];
  if (type === undefined || id === undefined) throw new Error(`${name} is not of the form <Type>_<id>`);
  return { type, id };
}
