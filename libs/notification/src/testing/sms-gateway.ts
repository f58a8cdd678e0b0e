import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { type Sms, type SmsOutcome, SmsSender } from '../application/sms/sms-sender.js';

export interface SmsGateway {
  url: string;
  received: Sms[];
  /** The status it answers; 0 never answers. */
  status: number;
  stop(): Promise<void>;
}

/** An HTTP gateway on loopback. */
export async function startSmsGateway(): Promise<SmsGateway> {
  const server = createServer((request, response) => void answer(request, response));
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    gateway.received.push((await json(request)) as Sms);
    if (gateway.status !== 0) response.writeHead(gateway.status).end();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const gateway: SmsGateway = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: [],
    status: 200,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return gateway;
}

/** Speaks to the gateway above. */
export class GatewaySmsSender extends SmsSender {
  constructor(private readonly url: string) {
    super();
  }

  async send(sms: Sms): Promise<SmsOutcome> {
    const provider = 'gateway';
    const { status } = await fetch(this.url, { method: 'POST', body: JSON.stringify(sms) });
    if (status === 200) return { kind: 'accepted', provider, providerMessageId: `g-${sms.id}` };
    return { kind: status === 503 ? 'transient' : 'permanent', provider, reason: `http ${status}` };
  }
}
