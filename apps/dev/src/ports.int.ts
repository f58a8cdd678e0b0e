import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { choosePort, onFreePort } from './ports.js';

async function listen(port = 0): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(port);
  await once(server, 'listening');
  const address = server.address();
  return { server, port: typeof address === 'object' && address ? address.port : 0 };
}

it('refuses a taken port that was asked for, and steps aside for one that was not', async () => {
  const { server, port } = await listen();
  await expect(choosePort('PORT', String(port), 3000)).rejects.toThrow(`Port ${port} (PORT) is taken`);
  await expect(choosePort('PORT', 'http', 3000)).rejects.toThrow('must be a port number');
  expect(await choosePort('PORT', undefined, port)).not.toBe(port);
  server.close();
});

it('starts again elsewhere when another program takes the port first, and not for another failure', async () => {
  const servers: Server[] = [];
  const tried: number[] = [];
  const chosen = await onFreePort('a server', 0, async (port) => {
    tried.push(port);
    if (tried.length > 1) return port;
    servers.push((await listen(port)).server);
    throw new Error('taken');
  });
  expect(tried).toHaveLength(2);
  expect(chosen).toBe(tried[1]);
  await expect(onFreePort('a server', 0, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  for (const server of servers) server.close();
});
