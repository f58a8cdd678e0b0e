// Has mail go to the catcher of compose.yaml, unless an operator has named a mail server already.
import { spawnSync } from 'node:child_process';
import process, { exit } from 'node:process';

const CODE = 'identity.mail.smtp';
const CATCHER = { host: 'mail', port: 1025, tls: 'none', from: 'NX Seller <no-reply@nx-seller.test>' };

function identity(...args) {
  const { status, stdout } = spawnSync('identity', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0) exit(status ?? 1);
  return JSON.parse(stdout);
}

if (!identity('configuration', 'list', '--json').some(({ code }) => code === CODE)) {
  identity('configuration', 'set', CODE, '--json', JSON.stringify(CATCHER));
  process.stdout.write('mail goes to the catcher\n');
}
