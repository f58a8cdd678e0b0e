import { setTimeout as delay } from 'node:timers/promises';
import { SMTPServer } from 'smtp-server';
import { answerParent } from './answer-parent.ts';
import { RAMP_MS } from './count.ts';

type Order =
  | { do: 'listen'; port: number }
  /** From when the next mail has come, and so many seconds long. */
  | { do: 'count'; seconds: number }
  /** Whether mails get no answer; those that were left without one get it once this is over. */
  | { do: 'stall'; stalled: boolean };

const FIRST_MAIL_MS = 10_000;
const PAUSE_MS = 5;
let accepted = 0;
let stalled = false;
let unanswered: (() => void)[] = [];

const server = new SMTPServer({
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  onData(stream, _session, done) {
    const answer = () => {
      accepted += 1;
      done();
    };
    stream.on('end', () => (stalled ? unanswered.push(answer) : answer()));
    stream.resume();
  },
});
server.on('error', () => undefined); // a client that is ended

/** A mail server that takes everything, keeps nothing and counts what it took. */
answerParent(async (order: Order) => {
  if (order.do === 'count') return await count(order.seconds);
  if (order.do === 'listen') {
    return await new Promise<void>((resolve) => server.listen(order.port, '127.0.0.1', resolve));
  }
  ({ stalled } = order);
  if (stalled) return undefined;
  for (const answer of unanswered) answer();
  unanswered = [];
});

/** @returns mails a second */
async function count(seconds: number): Promise<number> {
  const before = accepted;
  const isUnderWay = () => accepted > before;
  for (const started = performance.now(); !isUnderWay(); await delay(PAUSE_MS)) {
    if (performance.now() - started > FIRST_MAIL_MS) throw new Error(`no mail within ${FIRST_MAIL_MS} ms`);
  }
  await delay(RAMP_MS);
  const [from, counted] = [performance.now(), accepted];
  await delay(seconds * 1000);
  return ((accepted - counted) / (performance.now() - from)) * 1000;
}
