import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { poll } from '@platform/testing';

/** An alert as Alertmanager tells of it. */
export interface ToldAlert {
  status: 'firing' | 'resolved';
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** What a pager would be: it is told of alerts by Alertmanager's webhook. */
export class Webhook {
  /** In the order in which they came. */
  readonly told: ToldAlert[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Webhook> {
    const server = createServer();
    const webhook = new Webhook(server);
    server.on('request', (request, response) => void webhook.take(request).finally(() => response.end()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return webhook;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  /** Waits until an alert was told of in this way since `from`. */
  async hear(name: string, status: ToldAlert['status'], from = 0): Promise<ToldAlert> {
    return await poll(`${name} ${status}`, 45, () =>
      this.told.slice(from).find((alert) => alert.labels.alertname === name && alert.status === status),
    );
  }

  private async take(request: IncomingMessage): Promise<void> {
    this.told.push(...((await json(request)) as { alerts: ToldAlert[] }).alerts);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
