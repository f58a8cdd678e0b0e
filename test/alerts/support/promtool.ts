import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** What `promtool check metrics` has against an exposition; nothing when it is clean. */
export async function checkMetrics(exposition: string): Promise<string> {
  const child = spawn('promtool', ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(exposition);
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return out + err;
}
