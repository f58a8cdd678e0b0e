// What HEALTHCHECK runs: exit 0 while the process of this container answers on its management port. A migration has no
// port: it runs or has ended.
import { env, exit } from 'node:process';

if (env.RUN_MODE === 'migrate') exit(0);
try {
  const address = `http://127.0.0.1:${env.MANAGEMENT_PORT || 9464}/healthz`;
  const { ok, status } = await fetch(address, { signal: AbortSignal.timeout(3000) });
  if (!ok) throw new Error(`${address} answered ${status}`);
} catch (error) {
  process.stderr.write(`${error.cause?.message || error.message}\n`);
  exit(1);
}
