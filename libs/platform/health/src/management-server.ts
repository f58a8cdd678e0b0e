import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Inject, Injectable, Optional, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { SETTINGS, type Settings } from '@platform/config';
import { BASE_PATH } from '@platform/http';
import { METRICS_CONTENT_TYPE, renderMetrics } from '@platform/telemetry';
import { Readiness } from './readiness.js';

/** Injection token of what else is on the port. */
export const MANAGEMENT_PAGES = Symbol('management-pages');

/** Pages by the path that they and all below it have; each answers every method itself. */
export type ManagementPages = Record<
  string,
  { answer(request: IncomingMessage, response: ServerResponse): Promise<void> }
>;

/** Metrics and the same probes on a port of their own, which no gateway routes to. */
@Injectable()
export class ManagementServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly server: Server;

  constructor(
    private readonly readiness: Readiness,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Optional() @Inject(MANAGEMENT_PAGES) private readonly pages: ManagementPages = {},
  ) {
    this.server = createServer((request, response) => {
      this.answer(request, response).catch((error: unknown) =>
        send(response, 500, 'text/plain', (error as Error).message),
      );
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const { host, managementPort } = this.settings.http;
      this.server.once('error', reject).listen(managementPort, host, resolve);
    });
  }

  /** After the public port has drained: the last scrape sees the last requests. */
  onApplicationShutdown(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  /** The port it listens on: the chosen one where settings say 0. */
  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?', 1)[0]?.replace(`/${BASE_PATH}/`, '/') ?? '/';
    const page = Object.entries(this.pages).find(([at]) => path === at || path.startsWith(`${at}/`))?.[1];
    if (page) return await page.answer(request, response);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      send(response, 405, 'text/plain', 'GET only');
    } else if (path === '/metrics') {
      send(response, 200, METRICS_CONTENT_TYPE, await renderMetrics());
    } else if (path === '/healthz') {
      send(response, 200, 'application/json', JSON.stringify({ status: 'ok' }));
    } else if (path === '/readyz') {
      const { ready, result } = await this.readiness.check();
      send(response, ready ? 200 : 503, 'application/json', JSON.stringify(result));
    } else {
      send(
        response,
        404,
        'text/plain',
        ['Here are /metrics, /healthz, /readyz', ...Object.keys(this.pages)].join(', '),
      );
    }
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) }).end(body);
}
