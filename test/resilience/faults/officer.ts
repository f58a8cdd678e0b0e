import { poll } from '@platform/testing';
import { credentials, PASSWORD, randomUsername } from '../../support/client.js';
import { runIdentity } from '../../support/run-identity.js';
import { basic } from '../../support/sisters.js';

const PATIENCE_SECONDS = 60;

/** Who may grant, what may be granted, and who may ask about it. */
export interface Officer {
  token: string;
  /** What is granted, and what a sister calls it. */
  permission: { id: string; code: string };
  sister: Record<string, string>;
}

/** An administrator and a sister, made as an operator makes them. */
export async function makeOfficer(env: Record<string, string>) {
  const [username, name] = [randomUsername(), randomUsername()];
  const run = async (args: string[], input?: string) => {
    const { code, out, err } = await runIdentity(env, [...args, '--json'], input);
    if (code !== 0) throw new Error(`identity ${args.join(' ')}: ${err}`);
    return JSON.parse(out) as { secret: string };
  };
  const [, { secret }] = await Promise.all([
    run(['admin', 'create', '--value', username, '--password-stdin'], PASSWORD),
    run(['service-accounts', 'create', '--name', name, '--scope', 'policies:check']),
  ]);
  return { username, sister: basic(name, secret) };
}

/** Signs the administrator in, and makes a permission that can be granted. */
export async function signInOfficer(
  origin: string,
  { username, sister }: { username: string; sister: Record<string, string> },
): Promise<Officer> {
  /** Made anew each time: on a busy machine an answer may be 503, and what it was about be done all the same. */
  const post = (path: string, body: () => object, token?: string) =>
    poll(path, PATIENCE_SECONDS, async () => {
      const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) };
      const url = `${origin}/v1/api/identity${path}`;
      const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body()) });
      if (answer.status === 503) return undefined;
      if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
      return (await answer.json()) as { accessToken: string; id: string; code: string };
    });
  const { accessToken } = await post('/auth/sign-in', () => credentials(username));
  const permission = await post('/admin/permissions', () => ({ code: randomUsername(), name: 'Orders' }), accessToken);
  return { token: accessToken, permission, sister };
}

/** What the service says of itself: the statuses of each `METHOD path`, which is below the base path. */
export async function readDocument(origin: string): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const base = '/v1/api/identity';
  const answer = await fetch(`${origin}${base}/doc/openapi.json`);
  const { paths } = (await answer.json()) as {
    paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
  };
  return new Map(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { responses }]): [string, ReadonlySet<string>] => [
        `${method.toUpperCase()} ${path.replace(base, '')}`,
        new Set(Object.keys(responses)),
      ]),
    ),
  );
}
