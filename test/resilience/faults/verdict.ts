import { setTimeout as delay } from 'node:timers/promises';
import { type MailCatcher, poll, type SmsGateway } from '@platform/testing';
import { readMetric } from '../../support/metrics.js';
import type { Caller } from './caller.js';
import type { Account, Ledger, Order, Session } from './ledger.js';
import { enterCode, expectCounts, expectOver, type World } from './people.js';
import type { Stage } from './stage.js';
import type { Row } from './table.js';

const SETTLED_WITHIN_SECONDS = 60;
/** How many look after what was acknowledged, each a part of it. */
const CLERKS = 4;
/** An end that was acknowledged counts within this long for a token that was looked at just before. */
const STILL_WORKS_MS = 5000;

/** What became of the messages. */
export interface Messages {
  /** Mails that came more than once, each under one Message-ID. */
  repeatedMails: number;
  /** SMS of which the service says itself that nobody knows whether they were sent. */
  unknownSms: number;
  /** Codes that were acknowledged and lost with what held them. */
  lost: number;
}

/**
 * Waits until each code that was acknowledged has come, or until the service has said what became of it.
 * @param since when the fault began, and how many SMS were in doubt before the people came
 */
export async function settle(
  row: Row,
  stage: Stage,
  { ledger }: World,
  { faultAt, unknownBefore }: { faultAt: number; unknownBefore: number },
): Promise<Messages> {
  const seconds = row.settledWithinSeconds ?? SETTLED_WITHIN_SECONDS;
  const last = { outstanding: [] as Order[] };
  const over = async () => {
    // A mail that may be repeated has come already: whoever is to repeat it must have done so.
    if (!(await isIdle(stage))) return undefined;
    const unknown = (await countUnknownSms(stage)) - unknownBefore;
    const outstanding = ledger.orders.filter((order) => order.challengeId !== undefined && !hasCome(stage, order));
    last.outstanding = outstanding.filter((order) => !ledger.mayBeLost(order));
    const sms = last.outstanding.filter(({ namespace }) => namespace === 'phone-auth').length;
    const isOver = sms <= (row.smsMayBeLost ? unknown : 0) && sms === last.outstanding.length;
    return isOver ? { lost: outstanding.length - sms, unknownSms: unknown } : undefined;
  };
  const messages = await poll('every message', seconds, over).catch(() => undefined);
  if (!messages) {
    const missing = last.outstanding.map(({ namespace, at }) => `${namespace} ${Math.round(at - faultAt)} ms`);
    ledger.wrong(`acknowledged, but not come within ${seconds} s (ordered after the beginning): ${missing.join(', ')}`);
  }
  return { lost: 0, unknownSms: 0, ...messages, repeatedMails: judgeMessages(row, stage.stores, ledger) };
}

function hasCome({ stores: { mail, sms } }: Stage, { to }: Order): boolean {
  return (to.startsWith('+') ? sms.messages(to) : mail.messages(to)).length > 0;
}

/** Whether no message waits, is under way or waits for another try. */
async function isIdle({ worker }: Stage): Promise<boolean> {
  const series = ['mail', 'sms'].flatMap((queue) =>
    ['waiting', 'active', 'delayed'].map((state) => `identity_queue_jobs{queue="${queue}",state="${state}"}`),
  );
  // A worker that is just back does not know yet.
  const counts = await Promise.all(series.map((each) => readMetric(worker.managementOrigin, each))).catch(() => [1]);
  return counts.every((count) => count === 0);
}

/** Of how many SMS the service says that nobody knows whether they were sent. */
export async function countUnknownSms({ sql }: Stage): Promise<number> {
  return (await sql(`SELECT FROM identity."NotificationSend" WHERE channel = 'sms' AND outcome = 'unknown'`)).length;
}

/** One order is one message: a mail may repeat where the row says so, under its Message-ID; an SMS never. */
export function judgeMessages(
  row: Pick<Row, 'mailsMayRepeat'>,
  { mail, sms }: { mail: Pick<MailCatcher, 'messages'>; sms: Pick<SmsGateway, 'messages'> },
  ledger: Ledger,
): number {
  const mails = mail.messages();
  const bought = sms.messages();
  for (const { to } of ledger.orders) {
    const ids = new Set(mails.filter((one) => one.to === to).map(({ messageId }) => messageId));
    if (ids.size > 1) ledger.wrong(`${ids.size} mails for one order`);
    if (bought.filter((one) => one.to === to).length > 1) ledger.wrong('an SMS was sent twice');
  }
  const repeated = mails.length - new Set(mails.map(({ messageId }) => messageId)).size;
  if (repeated > 0 && !row.mailsMayRepeat) ledger.wrong(`${repeated} mails were sent twice`);
  return repeated;
}

/** Tries everything that was acknowledged. What it finds wrong stands in the ledger. */
export async function judge(stage: Stage, world: World): Promise<void> {
  const { ledger } = world;
  const clerks = Array.from({ length: CLERKS }, () => world.newCaller());
  const late = ledger.orders.filter(
    (order) => order.challengeId !== undefined && !order.entered && hasCome(stage, order),
  );
  await share(clerks, late, (clerk, order) => enterCode(world, clerk, order));
  await share(
    clerks,
    ledger.orders.filter((order) => order.accepted === 1 && !ledger.mayBeLost(order)),
    (clerk, order) => expectSpent(world, clerk, order),
  );
  await share(clerks, ledger.sessions, (clerk, session) =>
    session.ended ? expectEnded(clerk, session) : expectLive(clerk, session),
  );
  await share(clerks, ledger.accounts, (clerk, account) => expectAccount(clerk, account));
  await share(clerks, ledger.grants, (clerk, grant) => expectCounts(world, clerk, grant));
}

async function share<T>(clerks: Caller[], items: readonly T[], work: (clerk: Caller, item: T) => Promise<void>) {
  const rest = [...items];
  await Promise.all(
    clerks.map(async (clerk) => {
      for (let item = rest.pop(); item !== undefined; item = rest.pop()) {
        await work(clerk, item).catch(() => undefined); // it stands in the ledger
      }
    }),
  );
}

/** A code that has opened something opens nothing more. */
async function expectSpent(world: World, clerk: Caller, order: Order): Promise<void> {
  const { namespace, to, challengeId } = order;
  const identifier = { scheme: to.startsWith('+') ? 'phone' : 'email', value: to };
  const body = { namespace, identifier, challengeId, code: world.codeFor(to) };
  await clerk.insist('spent code', { method: 'POST', path: '/otp/verify', body }, [401]);
}

async function expectLive(clerk: Caller, session: Session): Promise<void> {
  const body = { refreshToken: session.refreshToken };
  const { accessToken } = (
    await clerk.insist('refresh of a live session', { method: 'POST', path: '/auth/token/refresh', body }, [200])
  ).body as { accessToken: string };
  const headers = { Authorization: `Bearer ${accessToken}` };
  await clerk.insist('who-am-i of a live session', { method: 'GET', path: '/auth/who-am-i', headers }, [200]);
}

async function expectEnded(clerk: Caller, session: Session): Promise<void> {
  await expectOver(clerk, session);
  const question = {
    method: 'GET',
    path: '/auth/who-am-i',
    headers: { Authorization: `Bearer ${session.accessToken}` },
  };
  const until = performance.now() + STILL_WORKS_MS;
  for (;;) {
    const { status, at } = await clerk.insist('who-am-i of an ended session', question, [401, 200]);
    if (status === 401) return;
    if (at > until) throw clerk.contradiction('an ended session still works');
    await delay(200);
  }
}

/** Its password lets in, the one before does not. */
async function expectAccount(clerk: Caller, { identifier, password, formerPassword }: Account): Promise<void> {
  const signIn = (value: string, status: number) => {
    const body = { identifier, credential: { scheme: 'password', value } };
    return clerk.insist(`sign-in afterwards (${status})`, { method: 'POST', path: '/auth/sign-in', body }, [status]);
  };
  if (password !== undefined) await signIn(password, 200);
  if (formerPassword !== undefined) await signIn(formerPassword, 401);
}
