import { mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { makeCertificate } from './certificate.js';

const ACCOUNT = 'var/run/secrets/kubernetes.io/serviceaccount';

interface Secret {
  metadata: { name: string; namespace: string; resourceVersion: string; [member: string]: unknown };
  data?: Record<string, string>;
  [member: string]: unknown;
}

/**
 * A stand-in for the API of Kubernetes with one Secret, over TLS with a CA of its own; and below `root` what a pod finds of
 * its service account. It does what the API does with `resourceVersion`.
 */
export class KubernetesApi {
  /** What was asked for, in order. */
  readonly asked: string[] = [];
  /** Status to answer with instead, by method. */
  readonly refuses: Partial<Record<string, number>> = {};
  /** Called before a replacement is decided on: where somebody else is quicker. */
  beforeReplace: () => void = () => undefined;
  private server: Server | undefined;

  constructor(
    readonly root: string,
    public secret: Secret,
  ) {}

  /** @returns the port on 127.0.0.1 */
  async start(): Promise<number> {
    const { key, cert } = this.certify();
    this.server = createServer({ key, cert }, (request, response) => void this.answer(request, response));
    await new Promise<void>((resolve) => this.server?.listen(0, '127.0.0.1', resolve));
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => (this.server ? this.server.close(resolve) : resolve(undefined)));
  }

  /** As somebody else would change it. */
  change(data: Record<string, string>): void {
    const resourceVersion = String(Number(this.secret.metadata.resourceVersion) + 1);
    this.secret = { ...this.secret, data, metadata: { ...this.secret.metadata, resourceVersion } };
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    this.asked.push(`${method} ${url}`);
    const { name, namespace } = this.secret.metadata;
    const body = method === 'PUT' ? ((await json(request)) as Secret) : undefined;
    const refused = this.refuses[method];
    if (headers.authorization !== 'Bearer test-token') return send(response, 401, failure(401));
    if (refused !== undefined) return send(response, refused, failure(refused));
    if (url !== `/api/v1/namespaces/${namespace}/secrets/${name}`) return send(response, 404, failure(404));
    if (body) this.beforeReplace();
    if (body && body.metadata.resourceVersion !== this.secret.metadata.resourceVersion) {
      return send(response, 409, failure(409));
    }
    if (body) {
      this.secret = body;
      this.change(body.data ?? {});
    }
    send(response, 200, { apiVersion: 'v1', kind: 'Secret', ...this.secret });
  }

  private certify(): { key: string; cert: string } {
    const account = join(this.root, ACCOUNT);
    mkdirSync(account, { recursive: true });
    const { key, cert } = makeCertificate();
    writeFileSync(join(account, 'ca.crt'), cert);
    writeFileSync(join(account, 'token'), 'test-token');
    writeFileSync(join(account, 'namespace'), this.secret.metadata.namespace);
    return { key, cert };
  }
}

function failure(code: number): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code };
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
