import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '@platform/testing';

const page = (name: string) => readFileSync(join(projectRoot(), 'docs/security', name), 'utf8');

export const inventory = page('inventory.md');
export const passwords = page('passwords.md');
export const authorization = page('authorization.md');
export const logs = page('logs.md');

/** The rows of the first table below a heading, cell by cell, without its head. @throws Error when there is none */
export function tableOf(text: string, heading: string): string[][] {
  const [, below] = text.split(new RegExp(String.raw`^#+ ${heading}$`, 'm'));
  const rows = /^\|.*\n\|[ |:-]+\|\n((?:\|.*\n?)+)/m.exec(below ?? '')?.[1];
  if (rows === undefined) throw new Error(`no table below ${heading}`);
  return rows.trim().split('\n').map((row) => row.split('|').slice(1, -1).map((cell) => cell.trim())); // prettier-ignore
}

/** What a cell has in backticks. */
export function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}
