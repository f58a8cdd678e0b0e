import { type ChildProcess, spawn } from 'node:child_process';
import { freePort, guardProcess, poll, releaseProcess } from '@platform/testing';

/** What the shipped flags need on a machine without Docker's networks; everything else is taken as it stands. */
function flagsHere(flags: string[], ports: { web: number; own: number }, engine: string): string[] {
  const here: Record<string, string | undefined> = {
    'entrypoints.web.address': `127.0.0.1:${ports.web}`,
    'entrypoints.traefik.address': `127.0.0.1:${ports.own}`,
    'entrypoints.web.forwardedheaders.trustedips': '127.0.0.1/32',
    'providers.docker.endpoint': engine,
    'providers.docker.network': undefined,
    'providers.docker.usebindportip': 'true',
  };
  const kept = flags.filter((flag) => !(nameOf(flag) in here));
  const missing = Object.keys(here).filter(
    (name) => !name.endsWith('usebindportip') && !flags.some((flag) => nameOf(flag) === name),
  );
  if (missing.length > 0) throw new Error(`docker/compose.yaml no longer sets ${missing.join(', ')}`);
  const replaced = Object.entries(here).filter(([, value]) => value !== undefined);
  return [...kept, ...replaced.map(([name, value]) => `--${name}=${value}`)];
}

const nameOf = (flag: string) => flag.replace(/^--/, '').split('=', 1)[0] ?? '';

/** The real Traefik, with the flags that ship. */
export interface Traefik {
  /** Where the world calls. The peer 127.0.0.1 is the trusted hop, as Nginx is; any other loopback address is not. */
  origin: string;
  /** How many servers stand behind the service of the labels. */
  servers(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts it before the containers of `engine`. */
export async function startTraefik(flags: string[], engine: string): Promise<Traefik> {
  const ports = { web: await freePort(), own: await freePort() };
  const child = spawn('traefik', [...flagsHere(flags, ports, engine), '--api=true', '--api.insecure=true'], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (text += data.toString()));
  const ended = endOf(child);
  if (child.pid !== undefined) guardProcess(child.pid, 'SIGKILL', 1);
  const own = `http://127.0.0.1:${ports.own}`;
  await poll('Traefik', 60, async () => {
    if (child.exitCode !== null || child.pid === undefined) throw new Error(`Traefik does not run:\n${text}`);
    const answer = await fetch(`${own}/ping`).catch(() => undefined);
    return answer?.ok || undefined;
  });
  return {
    origin: `http://127.0.0.1:${ports.web}`,
    servers: async () => {
      const answer = await fetch(`${own}/api/http/services/identity@docker`);
      const body = (await answer.json()) as { loadBalancer?: { servers?: unknown[] } };
      return body.loadBalancer?.servers?.length ?? 0;
    },
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
      if (child.pid !== undefined) releaseProcess(child.pid);
    },
  };
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
}
