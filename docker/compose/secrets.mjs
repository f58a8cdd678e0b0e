// Makes what compose.yaml keeps in the volume of secrets, once: what is there already stays. Begins as root with nothing
// but the right to give the volume away, and goes on as the user that the service runs as.
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import process, { env, exit, getuid, setgid, setgroups, setuid } from 'node:process';

const IDENTITY = 65532;

const keys = env.JWKS_DIR;
if (getuid() === 0) {
  chownSync(dirname(keys), IDENTITY, IDENTITY);
  setgroups([]);
  setgid(IDENTITY);
  setuid(IDENTITY);
}

for (const file of [env.REFRESH_TOKEN_KEY_FILE, env.OTP_PEPPER_FILE, env.CONFIGURATION_KEY_FILE]) {
  if (existsSync(file)) continue;
  // Whole or not at all, and never in the place of another: half a file would be taken for made by the next run.
  const fresh = `${file}.new`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, `${randomBytes(32).toString('base64')}\n`, { mode: 0o400, flag: 'wx', flush: true });
  linkSync(fresh, file);
  rmSync(fresh);
  process.stdout.write(`made ${file}\n`);
}

mkdirSync(keys, { recursive: true, mode: 0o700 });
if (!existsSync(join(keys, 'manifest.json'))) {
  exit(spawnSync('identity', ['keys', 'generate'], { stdio: 'inherit' }).status ?? 1);
}
