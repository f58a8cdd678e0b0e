import { z } from 'zod';
import { behaviourSchema } from '../stand-in/behaviour.js';
import { httpServer, json, type Outcome, type Request } from '../stand-in/http.js';
import { Inbox, type Received } from '../stand-in/inbox.js';
import { Conduct, parse, type StandIn, startStandIn } from '../stand-in/stand-in.js';
import { smsPage } from './sms-page.js';
import { e164, judge, type Partner, readRequest, replyOf } from './vnpay.js';

export interface SmsGatewayOptions extends Partial<Partner> {
  /** Of the page; any free one when absent. */
  port?: number;
  /** Of the gateway alone, the one that can be down; any free one when absent. */
  sendPort?: number;
  host?: string;
  /** Where messages are posted. */
  path?: string;
}

/** `code` is a VNPAY status, "05" by default: the link to the operator is lost. */
export interface SmsGateway extends Omit<StandIn<Received, string>, 'wirePort'> {
  /** For the client's configuration. The same path on the page's port answers too, but cannot refuse connections. */
  sendUrl: string;
}

const DEFAULT_CODE = '05';
const code = z.string().regex(/^(?!00$)\d{2}$/);

/**
 * Starts a stand-in for VNPAY's SMS gateway: its JSON form, and a page with the messages. A repeated `messageId` is
 * another message: nobody has published that the real one forgives it, and a test must see what was sent twice.
 * @throws Error when a port is taken
 */
export async function startSmsGateway(options: SmsGatewayOptions = {}): Promise<SmsGateway> {
  const { port, sendPort, host = '127.0.0.1', path = '/api/send', partnerCode = 'dev', secretKey = 'dev' } = options;
  const inbox = new Inbox<Received>(e164);
  const conduct = new Conduct(behaviourSchema(code));
  const send = (request: Request) => take(request, { partnerCode, secretKey }, inbox, conduct);
  const routes = { [`POST ${path}`]: send };
  const { wirePort, ...standIn } = await startStandIn(
    { host, port, wirePort: sendPort },
    { inbox, conduct, wire: httpServer(routes), routes, page: (query) => smsPage(inbox, conduct.current, query) },
  );
  return { ...standIn, sendUrl: `http://${host}:${wirePort}${path}` };
}

async function take(
  { body }: Request,
  partner: Partner,
  inbox: Inbox<Received>,
  conduct: Conduct<string>,
): Promise<Outcome> {
  const { mode, code: refusal = DEFAULT_CODE } = conduct.current;
  if (mode === 'timeout') return 'silence';
  if (mode === 'down') return 'hang-up';
  const read = readRequest(parse(body));
  if ('faults' in read) {
    await conduct.pause();
    return json(400, replyOf('', '02', `Missing or malformed: ${read.faults.join(', ')}`));
  }
  const { request } = read;
  const status = mode === 'reject' ? refusal : judge(request, partner);
  if (status === '00')
    inbox.add({ to: e164(request.destination), text: request.shortMessage, receivedAt: new Date(), raw: body });
  await conduct.pause();
  return json(200, replyOf(request.messageId, status));
}
