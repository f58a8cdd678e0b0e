import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the engine tells of one container. */
export interface ContainerState {
  id: string;
  labels: Record<string, string>;
  /** The port of this machine that the container's port 3000 is bound to. */
  hostPort: number;
  health: 'starting' | 'healthy' | 'unhealthy';
}

/** The part of the Docker Engine API that Traefik's provider asks for, with containers that a test says there are. */
export interface DockerEngine {
  endpoint: string;
  /** There is this container now, or it changed; whoever listens for events hears of it. */
  tell(container: ContainerState): void;
  /** It is gone. */
  forget(id: string): void;
  /** What was asked of it, without queries: `GET /containers/json`. */
  asked: Set<string>;
  stop(): Promise<void>;
}

const VERSION = { Version: '28.2.2', ApiVersion: '1.50', MinAPIVersion: '1.24', Os: 'linux', Arch: 'amd64' };

/** Starts the stand-in on loopback. */
export async function startDockerEngine(): Promise<DockerEngine> {
  const containers = new Map<string, ContainerState>();
  const listeners = new Set<ServerResponse>();
  const asked = new Set<string>();
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0]?.replace(/^\/v1\.\d+/, '') ?? '/';
    asked.add(`${request.method} ${path.replace(/\/[\da-f]{12,}\//, '/{id}/')}`);
    response.setHeader('Api-Version', VERSION.ApiVersion).setHeader('Content-Type', 'application/json');
    const id = /^\/containers\/([\da-f]+)\/json$/.exec(path)?.[1] ?? '';
    const container = containers.get(id);
    if (path === '/_ping') response.end('OK');
    else if (path === '/version') response.end(JSON.stringify(VERSION));
    else if (path === '/containers/json') response.end(JSON.stringify([...containers.values()].map(listed)));
    else if (container) response.end(JSON.stringify(inspected(container)));
    else if (path === '/events') {
      listeners.add(response);
      response.once('close', () => listeners.delete(response)).flushHeaders();
    } else response.writeHead(404).end(JSON.stringify({ message: `No such container: ${id}` }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const announce = (id: string, action: string) => {
    const event = { Type: 'container', Action: action, Actor: { ID: id }, time: Math.floor(Date.now() / 1000) };
    for (const listener of listeners) listener.write(`${JSON.stringify(event)}\n`);
  };
  return {
    endpoint: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    tell: (container) => {
      const isNew = !containers.has(container.id);
      containers.set(container.id, container);
      announce(container.id, isNew ? 'start' : `health_status: ${container.health}`);
    },
    forget: (id) => {
      containers.delete(id);
      announce(id, 'die');
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listed({ id, labels }: ContainerState) {
  return { Id: id, Names: [`/${id}`], Labels: labels, State: 'running' };
}

function inspected({ id, labels, hostPort, health }: ContainerState) {
  return {
    Id: id,
    Name: `/${id}`,
    State: { Status: 'running', Running: true, Health: { Status: health } },
    Config: { Labels: labels },
    HostConfig: { NetworkMode: 'identity-edge' },
    NetworkSettings: {
      Ports: { '3000/tcp': [{ HostIp: '127.0.0.1', HostPort: String(hostPort) }] },
      Networks: { 'identity-edge': { NetworkID: 'edge', IPAddress: '127.0.0.1' } },
    },
  };
}
