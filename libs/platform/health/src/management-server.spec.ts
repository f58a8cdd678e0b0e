import { get } from 'node:http';
import { expect, it } from 'vitest';
import type { Settings } from '@platform/config';
import { ManagementServer } from './management-server.js';
import type { Readiness } from './readiness.js';

/** What the answer to `GET /healthz` is at an address; undefined where nobody listens. */
function statusAt(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    get({ host, port, path: '/healthz', agent: false }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    }).once('error', () => resolve(undefined));
  });
}

it.each([
  ['127.0.0.1', [200, undefined]],
  ['0.0.0.0', [200, 200]],
])('listens at the host of the settings and nowhere else: %s', async (host, expected) => {
  const settings = { http: { host, managementPort: 0 } } as Settings;
  const server = new ManagementServer({} as Readiness, settings);
  await server.onApplicationBootstrap();
  try {
    // All of 127/8 is this machine, so the second address stands for any other one of it.
    const answers = await Promise.all(['127.0.0.1', '127.0.0.2'].map((at) => statusAt(at, server.port)));
    expect(answers).toEqual(expected);
  } finally {
    server.onApplicationShutdown();
  }
});
