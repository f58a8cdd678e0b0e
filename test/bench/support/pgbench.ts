import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Stage } from './stage.ts';

interface Order {
  firstSession: number;
  inFlight: number;
  chains: number;
  seconds: number;
  protocol: 'simple' | 'prepared';
}

/** On PATH, or where Debian puts it; the embedded PostgreSQL comes without one. */
export function findPgbench(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...globSync('/usr/lib/postgresql/*/bin')];
  return folders.map((folder) => join(folder, 'pgbench')).find((path) => existsSync(path));
}

/**
 * Runs a statement over so many connections, each with sessions of its own, so that none waits for a row.
 * @param statement with the parameter `$1`: the session
 * @returns statements a second
 */
export async function pgbench(program: string, stage: Stage, statement: string, order: Order): Promise<number> {
  const { firstSession, inFlight, chains, seconds, protocol } = order;
  const script = join(stage.folder, 'rotate.sql');
  const session = `\\set id ${firstSession} + :client_id * ${chains} + random(0, ${chains - 1})`;
  writeFileSync(script, `${session}\n${statement.replaceAll(/\s+/g, ' ').replace('$1', ':id')};\n`);
  const args = ['-n', '-M', protocol, '-c', String(inFlight), '-j', '1', '-T', String(seconds), '-f', script];
  const child = spawn(program, [...args, stage.databaseUrl], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await once(child, 'close')) as [number | null];
  const said = (await output).join('');
  const perSecond = Number(/tps = ([\d.]+)/.exec(said)?.[1]);
  if (code !== 0 || !perSecond) throw new Error(`pgbench failed:\n${said}`);
  return perSecond;
}
