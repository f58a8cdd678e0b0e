import { join } from 'node:path';
import { cpus } from 'node:os';
import { projectRoot } from '@platform/testing';
import type { Seen } from './run-row.js';
import { nameOf, type Row, ROWS } from './table.js';

export const DOCUMENT = join(projectRoot(), 'docs/resilience.md');

const HEADINGS = [
  'part',
  'fault',
  'expectation',
  'asked',
  'answered',
  '503',
  'no answer',
  '503 after',
  'recovered',
  'seen beside',
];

/** The text of docs/resilience.md, given what was seen of each row by its name. */
export function documentOf(seen: ReadonlyMap<string, Seen>, on: Date): string {
  const lines = ROWS.map((row) => cells(row, seen.get(nameOf(row))!));
  const table = [HEADINGS, HEADINGS.map(() => '---'), ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n');
  return `# What faults do

Written by \`npm run resilience\` on ${on.toISOString().slice(0, 10)}; changes by hand are lost, and
\`test/resilience/document.test.ts\` fails when a row of the test is missing here. ${cpus().length} cores, on which PostgreSQL, Redis, two
API processes, a worker, the people and whoever breaks things share.

Each row is one test. Eight people live all along, each doing one thing after the other: they sign up by name, by e-mail and by
phone, sign in, refresh, change their password, sign out; an administrator grants and revokes, and a sister asks what somebody may do. A fault
comes among them and lasts until it was felt. An oracle keeps what the service has acknowledged, and holds against it, during and after the fault:

- **Nothing is lost.** Every account can be entered with the password that counts, every live session refreshed with its last
  token, every grant and revocation counts, every code that was acknowledged comes, and opens.
- **Nothing comes back.** A session that was ended refreshes nowhere and its access token is refused; a password that was changed is dead.
- **Nothing happens twice.** A right code, entered at both processes at once, opens once, and never again. One order is one message. Where the mail
  server, the worker or PostgreSQL is hit, which records what was sent, a mail may come again under its Message-ID, and an SMS never: one
  whose outcome nobody knows is lost instead.
- **Only what is documented is answered**: no status that the OpenAPI document does not name for the route, no 5xx but 503, and that with
  \`Retry-After\`, at once (*503 after*). Only a process that is itself stopped or killed may give no answer.
- **\`/jw-certs\` answers all along**, of every process that runs.
- **It recovers by itself**: everything that people do is begun and done anew within a minute of the fault's end.

${table}

*503 after* is the median and the slowest of the refusals, *recovered* the time from the fault's end until each of the eight deeds was begun and
done anew, which is most of a second when nothing is wrong. *Seen beside*: what was acknowledged and looked after (accounts, live and ended
sessions, codes, grants), and what became of messages.

PostgreSQL runs with \`fsync\`, Redis with an append-only file: without these, what a killed server had acknowledged may be gone.
Sentinel and Cluster copy a moment after they acknowledge, so that a code, the spending of one or a message of that moment may be lost or
undone by a failover (two seconds are left out of the verdict on codes); accounts, sessions and passwords are PostgreSQL's and are not. A connection to
PostgreSQL that is given up may still carry out what was asked: whoever was told 503 may find it done, and asks again. A process that is frozen for
longer than its callers wait does late what they have asked another one meanwhile: a refresh token that is two behind by then counts as stolen and ends its
session ([ADR 6](adr/0006-refresh-tokens.md)).

A delay of the API is a slow network of its caller's; the process itself is slowed instead. The most telling rows run with \`npm test\`, those
behind PgBouncer with \`.ci/state/check\`, all of them with \`npm run resilience\`.
`;
}

function cells({ part, fault, expectation }: Row, seen: Seen): string[] {
  const { requests, acknowledged, refused, unanswered, medianRefusalMs, slowestRefusalMs, recoveredSeconds } = seen;
  const refusals = refused === 0 ? '' : `${Math.round(medianRefusalMs)}, ${Math.round(slowestRefusalMs)} ms`;
  const counts = [requests, acknowledged, refused, unanswered].map(String);
  return [part, fault, expectation, ...counts, refusals, `${recoveredSeconds.toFixed(1)} s`, beside(seen)];
}

function beside({ accounts, liveSessions, endedSessions, codes, grants, ...messages }: Seen): string {
  const words = [`${accounts} accounts, ${liveSessions} + ${endedSessions} sessions, ${codes} codes, ${grants} grants`];
  const { repeatedMails, unknownSms, lost } = messages;
  if (repeatedMails > 0) words.push(`${repeatedMails} mails again`);
  if (unknownSms > 0) words.push(`${unknownSms} SMS in doubt`);
  if (lost > 0) words.push(`${lost} codes lost`);
  return words.join('; ');
}

/** The rows of the document: what is hit, what happens to it, what is expected. */
export function documentedRows(text: string): string[][] {
  const rows = text.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, 4)
      .map((cell) => cell.trim()),
  );
}
