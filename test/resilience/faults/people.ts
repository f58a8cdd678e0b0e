import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { randomEmail, randomPhone } from '../../support/addresses.js';
import { credentials, PASSWORD, randomUsername } from '../../support/client.js';
import { addressed } from '../../support/codes.js';
import { Caller, Contradiction, isUndecided } from './caller.js';
import type { Officer } from './officer.js';
import type { Account, Heard, Ledger, Order, Session } from './ledger.js';

/** Enough for every deed to go on all the time, and no more than a busy machine serves beside other tests. */
const PAUSE_MS = 40;
/** How long somebody looks into the mailbox before they do something else. */
const PATIENCE_MS = 3000;
/** An acknowledged change of policies counts within a second; the rest is for a busy machine and for doubt. */
const COUNTS_WITHIN_MS = 10_000;
const NEW_PASSWORD = 'four words of another kind';

export interface World {
  ledger: Ledger;
  newCaller(): Caller;
  /** The code in the newest message to somebody. */
  codeFor(to: string): string | undefined;
  officer: Officer;
}

type Life = (world: World, caller: Caller, isOver: () => boolean) => Promise<void>;

const LIVES: Record<string, { life: Life; count: number }> = {
  visitor: { life: visit, count: 2 },
  keeper: { life: stay, count: 2 },
  correspondent: { life: byMail, count: 2 },
  telephonist: { life: byPhone, count: 1 },
  officer: { life: grantAndRevoke, count: 1 },
};

/** Lets people live until they are told to finish what they do. */
export function startPeople(world: World): { finish(): Promise<void> } {
  const over = new AbortController();
  const isOver = () => over.signal.aborted;
  const all = Object.values(LIVES).flatMap(({ life, count }) =>
    Array.from({ length: count }, async () => {
      const caller = world.newCaller();
      while (!isOver()) {
        await life(world, caller, isOver).catch((error: unknown) => {
          if (!(error instanceof Contradiction)) throw error;
        });
        await delay(PAUSE_MS);
      }
    }),
  );
  return {
    finish: async () => {
      over.abort();
      await Promise.all(all);
    },
  };
}

const bearer = ({ accessToken }: { accessToken: string }) => ({ Authorization: `Bearer ${accessToken}` });

function open(ledger: Ledger, { body }: Heard): Session {
  const session = {
    refreshToken: body.refreshToken as string,
    accessToken: body.accessToken as string,
    ended: false,
  };
  ledger.sessions.push(session);
  return session;
}

async function signIn({ ledger }: World, caller: Caller, { identifier, password = '' }: Account): Promise<Session> {
  const body = { identifier, credential: { scheme: 'password', value: password } };
  const signedIn = await caller.insist('sign-in', { method: 'POST', path: '/auth/sign-in', body }, [200]);
  if (!signedIn.inDoubt) ledger.done('sign-in', signedIn.at);
  return open(ledger, signedIn);
}

/** A token whose successor was lost on the way is presented again: it still has the same one. */
async function refresh({ ledger }: World, caller: Caller, session: Session): Promise<void> {
  const body = { refreshToken: session.refreshToken };
  const refreshed = await caller.insist('refresh', { method: 'POST', path: '/auth/token/refresh', body }, [200]);
  session.refreshToken = refreshed.body.refreshToken as string;
  session.accessToken = refreshed.body.accessToken as string;
  if (!refreshed.inDoubt) ledger.done('refresh', refreshed.at);
}

/** Whoever has been told that a session is over finds it over, whomever they ask. */
export async function expectOver(caller: Caller, { refreshToken }: Session): Promise<void> {
  const question = { method: 'POST', path: '/auth/token/refresh', body: { refreshToken } };
  await caller.insist('refresh of an ended session', question, [401]);
}

async function signUp(world: World, caller: Caller): Promise<{ account: Account; session: Session }> {
  const username = randomUsername();
  const account: Account = { identifier: { scheme: 'username', value: username }, password: PASSWORD };
  const question = { method: 'POST', path: '/auth/sign-up', body: credentials(username) };
  // Nobody else has such a name: whose sign-up is in doubt and meets it taken has the account.
  const signedUp = await caller.insist('sign-up', question, [201], [409]);
  world.ledger.accounts.push(account);
  if (signedUp.status === 409) return { account, session: await signIn(world, caller, account) };
  if (!signedUp.inDoubt) world.ledger.done('sign-up', signedUp.at);
  return { account, session: open(world.ledger, signedUp) };
}

/** Comes, signs in twice, changes the password, which ends the other session, and signs out of a third. */
async function visit(world: World, caller: Caller): Promise<void> {
  const { ledger } = world;
  const { account, session } = await signUp(world, caller);
  const other = await signIn(world, caller, account);
  await refresh(world, caller, other);
  await caller.insist('who-am-i', { method: 'GET', path: '/auth/who-am-i', headers: bearer(session) }, [200]);
  await changePassword(world, caller, account, session);
  other.ended = true;
  await expectOver(caller, other);
  const third = await signIn(world, caller, account);
  const body = { refreshToken: third.refreshToken };
  const signedOut = await caller.insist('sign-out', { method: 'POST', path: '/auth/sign-out', body }, [204]);
  third.ended = true;
  if (!signedOut.inDoubt) ledger.done('sign-out', signedOut.at);
  await expectOver(caller, third);
  await refresh(world, caller, session);
}

async function changePassword({ ledger }: World, caller: Caller, account: Account, session: Session): Promise<void> {
  const body = { currentPassword: account.password, newPassword: NEW_PASSWORD };
  const question = { method: 'POST', path: '/auth/password/change', body, headers: bearer(session) };
  // Of a change in doubt the second try meets that the password is another one already; the verdict tries which.
  const changed = await caller.insist('password change', question, [204], [401, 409]);
  account.formerPassword = account.password;
  account.password = NEW_PASSWORD;
  if (!changed.inDoubt) ledger.done('password change', changed.at);
}

/** One session, refreshed again and again. */
async function stay(world: World, caller: Caller, isOver: () => boolean): Promise<void> {
  const { session } = await signUp(world, caller);
  while (!isOver()) {
    await refresh(world, caller, session);
    await delay(PAUSE_MS);
  }
}

/** Signs up by an address nobody has. What stays in doubt is left alone: its code may come, or not. */
async function byMail(world: World, caller: Caller, isOver: () => boolean): Promise<void> {
  const email = randomEmail();
  const body = { identifier: addressed(email), credential: { scheme: 'password', value: PASSWORD } };
  const order = await place(world, caller, 'verify-email', email, { path: '/auth/sign-up', body });
  if (order) await enter(world, caller, order, isOver);
}

async function byPhone(world: World, caller: Caller, isOver: () => boolean): Promise<void> {
  const phone = randomPhone();
  const body = { namespace: 'phone-auth', identifier: addressed(phone) };
  const order = await place(world, caller, 'phone-auth', phone, { path: '/otp/request', body });
  if (order) await enter(world, caller, order, isOver);
}

/** @returns the order, if the service has acknowledged it */
async function place(
  { ledger }: World,
  caller: Caller,
  namespace: Order['namespace'],
  to: string,
  question: { path: string; body: object },
): Promise<Order | undefined> {
  const order: Order = { namespace, to, at: performance.now(), accepted: 0, entered: false };
  ledger.orders.push(order);
  const heard = await caller.ask('code request', { method: 'POST', ...question });
  if (isUndecided(heard)) return undefined;
  if (heard.status !== 202) throw caller.contradiction(`code request: 202 was due, not ${heard.status}`);
  order.challengeId = heard.body.challengeId as string;
  return order;
}

async function enter(world: World, caller: Caller, order: Order, isOver: () => boolean): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until && !isOver()) {
    if (world.codeFor(order.to) !== undefined) return await enterCode(world, caller, order);
    await delay(PAUSE_MS);
  }
}

/** Enters the right code at both processes at once: one may open, and if every answer is there, one must. */
export async function enterCode(world: World, caller: Caller, order: Order): Promise<void> {
  const { namespace, to, challengeId } = order;
  const body = { namespace, identifier: addressed(to), challengeId, code: world.codeFor(to) };
  const question = { method: 'POST', path: '/otp/verify', body };
  const answers = await Promise.all([0, 1].map((api) => caller.ask('code', question, api)));
  const inDoubt = answers.some(isUndecided);
  const opened: Heard[] = answers.filter(({ status }) => status === 200);
  if (inDoubt) {
    const again = await caller.insist('code, once more', question, opened.length > 0 ? [401] : [200, 401]);
    if (again.status === 200) opened.push(again);
  }
  order.accepted += opened.length;
  order.entered = true;
  const mayBeLost = world.ledger.mayBeLost(order);
  if (order.accepted > 1 && !mayBeLost) throw caller.contradiction('one code was accepted twice');
  const [first] = opened;
  if (!first && !inDoubt && !mayBeLost) throw caller.contradiction('a right code was refused');
  if (!first) return;
  open(world.ledger, first);
  world.ledger.accounts.push({
    identifier: addressed(to),
    ...(namespace === 'verify-email' && { password: PASSWORD }),
  });
  world.ledger.done(namespace === 'phone-auth' ? 'code by SMS' : 'code by mail', order.at);
}

/** Grants, sees it count, and takes half of it back. What is in doubt is left alone: it may come to be late. */
async function grantAndRevoke(world: World, caller: Caller): Promise<void> {
  const { ledger, officer } = world;
  const userId = String(randomInt(1, 2 ** 40));
  const headers = { Authorization: `Bearer ${officer.token}` };
  const body = {
    variant: 'grant',
    subjectType: 'User',
    subjectId: userId,
    targetType: 'Permission',
    targetId: officer.permission.id,
    action: 'read',
    domain: 'SYSTEM_WIDE',
  };
  const granted = await caller.ask('grant', { method: 'POST', path: '/admin/policies', body, headers });
  if (isUndecided(granted)) return;
  if (granted.status !== 201) throw caller.contradiction(`grant: 201 was due, not ${granted.status}`);
  const grant = { userId, allowed: true };
  await expectCounts(world, caller, grant);
  const keeps = randomInt(2) === 0;
  if (!keeps) {
    const id = granted.body.id as string;
    const revoked = await caller.ask('revocation', { method: 'DELETE', path: '/admin/policies/{id}', id, headers });
    if (isUndecided(revoked)) return;
    if (revoked.status !== 204) throw caller.contradiction(`revocation: 204 was due, not ${revoked.status}`);
    grant.allowed = false;
    await expectCounts(world, caller, grant);
  }
  ledger.grants.push(grant);
  ledger.done('grant and check', granted.at);
}

/** A sister is told so by either process, at the latest after `withinMs`. */
export async function expectCounts(
  { officer }: World,
  caller: Caller,
  grant: { userId: string; allowed: boolean },
  withinMs = COUNTS_WITHIN_MS,
): Promise<void> {
  const body = { subject: { type: 'User', id: grant.userId }, object: officer.permission.code, action: 'read' };
  const question = { method: 'POST', path: '/internal/policies/check', body, headers: officer.sister };
  const until = performance.now() + withinMs;
  for (let agreed = 0; agreed < 2;) {
    const { body: answer, at } = await caller.insist('check', question, [200]);
    agreed = answer.allowed === grant.allowed ? agreed + 1 : 0;
    if (agreed === 0 && at > until) {
      throw caller.contradiction(`check: allowed ${answer.allowed}, long after ${grant.allowed} was acknowledged`);
    }
    if (agreed === 0) await delay(PAUSE_MS);
  }
}
