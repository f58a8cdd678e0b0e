// What Docker asks of an API container, and through it Traefik, which passes over a container that is not healthy.
// `health.mjs` is healthy from the first time the service was ready for as long as it lives, and not by whether it is
// ready now: without PostgreSQL no replica is, and both would vanish while keys and tokens can be had from either.
// `health.mjs drain` is what `docker compose stop` runs first: unhealthy from now on, and done once Traefik has
// heard of it. The service ends only then, with no request on its way to it.
import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, env } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';

const DRAINING = join(tmpdir(), 'draining');
const READY = join(tmpdir(), 'was-ready');
/** Docker asks twice, 2 s apart, Traefik pauses 0.5 s between two changes; and half as long again for a busy machine. */
const UNTIL_UNHEARD_MS = 8000;

async function isOk(probe) {
  const url = `http://127.0.0.1:${env.MANAGEMENT_PORT || 9464}/${probe}`;
  return await fetch(url, { signal: AbortSignal.timeout(900) }).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function isHealthy() {
  if (existsSync(DRAINING)) return false;
  if (existsSync(READY)) return await isOk('healthz');
  if (!(await isOk('readyz'))) return false;
  writeFileSync(READY, '');
  return true;
}

if (argv[2] === 'drain') {
  writeFileSync(DRAINING, '');
  await delay(UNTIL_UNHEARD_MS);
} else {
  process.exitCode = (await isHealthy()) ? 0 : 1;
}
