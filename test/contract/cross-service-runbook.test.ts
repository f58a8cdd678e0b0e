import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CONSUMERS, inWords } from '@identity/jwks';
import { createVerifier, type Verifier } from '@nx-seller/identity-client';
import { projectRoot } from '@platform/testing';
import { runIdentity } from '../support/run-identity.js';
import { startService, type TestService } from '../support/start-service.js';

const read = (path: string) => readFileSync(join(projectRoot(), path), 'utf8');
const runbook = read('docs/cross-service-runbook.md');
const keys = read('docs/keys.md');

/** The cells of the tables below a heading, without the heads. */
function rowsBelow(heading: string): string[][] {
  const [part = ''] = runbook.slice(runbook.indexOf(`## ${heading}`) + 3).split('\n## ');
  const lines = part.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}
/** As GitHub makes them of headings. */
const anchorsOf = (text: string) =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  );

describe("the runbook for sisters' people", () => {
  it('says of each kind of verifier what the operator is told', () => {
    const told = CONSUMERS.map(({ name, trustsFor, refusesNewFor }) => [
      name,
      inWords(trustsFor),
      refusesNewFor === 0 ? 'asks at once' : inWords(refusesNewFor),
    ]);
    expect(rowsBelow('Who keeps our keys')).toEqual(told);
  });

  it('and the page about keys lead to headings that are there', () => {
    const links = [...`${runbook}${keys}`.matchAll(/\]\((keys|cross-service-runbook)\.md#([^)]+)\)/g)];
    expect(links.length).toBeGreaterThan(3);
    const anchors = { keys: anchorsOf(keys), 'cross-service-runbook': anchorsOf(runbook) };
    for (const [link, page, anchor] of links)
      expect([link, anchors[page as keyof typeof anchors]]).toEqual([link, expect.arrayContaining([anchor])]);
    expect(keys).toContain('](cross-service-runbook.md#who-keeps-our-keys-and-for-how-long)');
  });

  it('names commands and options that there are', async () => {
    const commands = [...runbook.matchAll(/`identity ([a-z-]+) ([a-z-]+)([^`]*)`/g)];
    expect(commands.length).toBeGreaterThan(3);
    for (const [text, group = '', command = '', rest = ''] of commands) {
      const { code, out } = await runIdentity({}, [group, command, '--help']);
      const options = [...rest.matchAll(/--[a-z-]+/g)].map(([option]) => option);
      expect([text, code, options.filter((option) => !out.includes(`${option} `))]).toEqual([text, 0, []]);
    }
  });
});

describe('identity-client, by its defaults,', () => {
  const { trustsFor, refusesNewFor } = CONSUMERS.find(({ name }) => name === 'identity-client')!;
  const options = new Map(
    [...read('libs/identity-client/README.md').matchAll(/^\| `([a-zA-Z]+)` +\| ([\d,]+) +\|/gm)].map(
      ([, name = '', figure = '']) => [name, Number(figure.replaceAll(',', ''))],
    ),
  );
  let service: TestService;
  let token: string;
  let published: { body: string; cacheControl: string };
  let verifier: Verifier;
  let isAway: boolean;
  let looks: number;

  beforeAll(async () => {
    service = await startService();
    ({ accessToken: token } = await service.client.signUp());
    const answer = await fetch(`${service.origin}/jw-certs`);
    published = { body: await answer.text(), cacheControl: answer.headers.get('cache-control') ?? '' };
  });
  afterAll(async () => {
    await service.stop();
  });
  beforeEach(() => {
    // From here on the service's answer is that from before: minutes go by in no time, for the verifier alone.
    vi.useFakeTimers();
    [isAway, looks] = [false, 0];
    const look = (): Promise<Response> => {
      looks += 1;
      if (isAway) return Promise.reject(new TypeError('nobody is there'));
      return Promise.resolve(new Response(published.body, { headers: { 'cache-control': published.cacheControl } }));
    };
    const [issuer, jwksUri] = [service.env.JWT_ISSUER ?? '', `${service.origin}/jw-certs`];
    verifier = createVerifier({ issuer, audience: 'nx-seller', jwksUri, fetch: look });
  });
  afterEach(async () => {
    await verifier.close();
    vi.useRealTimers();
  });

  const outcome = (kid?: string) => {
    const [header = '', ...rest] = token.split('.');
    const head = JSON.parse(Buffer.from(header, 'base64url').toString()) as object;
    const renamed = Buffer.from(JSON.stringify({ ...head, ...(kid !== undefined && { kid }) })).toString('base64url');
    return verifier.verify([renamed, ...rest].join('.')).then(
      () => 'ok',
      ({ code }: { code: string }) => code,
    );
  };

  it('looks at the keys again before their max-age is over, which is what a revoked one is trusted for', async () => {
    expect(published.cacheControl).toBe(`public, max-age=${trustsFor}`);
    await verifier.ready();
    const ahead = options.get('refreshAheadMs')!;
    await vi.advanceTimersByTimeAsync(trustsFor * 1000 - ahead - 1);
    expect(looks).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(looks).toBe(2);
  });

  it('looks for a kid that it does not know at once, and then for no other for as long as a new one is refused', async () => {
    await verifier.ready();
    expect([await outcome('one'), looks]).toEqual(['unknown-key', 2]);
    expect(options.get('cooldownMs')).toBe(refusesNewFor * 1000);
    await vi.advanceTimersByTimeAsync(refusesNewFor * 1000 - 1);
    expect([await outcome('one'), await outcome('two'), looks]).toEqual(['unknown-key', 'unknown-key', 2]);
    await vi.advanceTimersByTimeAsync(1);
    expect([await outcome('two'), looks]).toEqual(['unknown-key', 3]);
  });

  it('goes on without end while nobody answers, and cannot tell of a kid that it does not know', async () => {
    await verifier.ready();
    isAway = true;
    expect(await outcome('one')).toBe('keys-unavailable');
    await vi.advanceTimersByTimeAsync(8 * 60_000); // the token lives on; the keys are stale since five minutes
    expect([await outcome(), await outcome('two')]).toEqual(['ok', 'keys-unavailable']);
    expect(verifier.state().keysAgeMs).toBeGreaterThan(trustsFor * 1000);
  });

  it('allows the clocks a minute', async () => {
    await verifier.ready();
    const { exp } = (await verifier.verify(token)).claims;
    vi.setSystemTime((exp + options.get('clockToleranceSeconds')!) * 1000 - 1);
    expect(await outcome()).toBe('ok');
    vi.setSystemTime((exp + 60) * 1000);
    expect(await outcome()).toBe('expired');
  });
});
