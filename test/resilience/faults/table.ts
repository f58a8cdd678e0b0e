/** How a fault is noticed by those who call, so that it lasts until it was. */
type Felt =
  /** Somebody was refused with 503. */
  | 'refusals'
  /** Somebody got no answer of an API process. */
  | 'silence'
  /** Codes were asked for and acknowledged all the same. */
  | 'orders'
  /** It is not: it lasts as long as it lasts. */
  | 'time';

type Group = 'stores' | 'lines' | 'providers' | 'processes' | 'sentinel' | 'cluster' | 'pgbouncer';

interface Terms {
  /** The file that runs it. */
  group: Group;
  felt: Felt;
  /** How long it lasts at least; longer until it is felt. */
  lastsMs?: number;
  /** How long messages may take after it that were ordered before its end. */
  settledWithinSeconds?: number;
  /** A mail may come twice, under one Message-ID: its server, or who records that it was sent, is hit. */
  mailsMayRepeat?: boolean;
  /** An SMS may be lost, because nobody knows whether it was sent. */
  smsMayBeLost?: boolean;
  /** What a store acknowledged this long before the fault may be lost with it: it is copied a moment later. */
  losesLastMs?: number;
  /** Whether `npm test` runs it too. */
  telling?: boolean;
}

/** One fault under the journey: one test, and one row of docs/resilience.md. */
export interface Row extends Terms {
  /** What is hit. */
  part: string;
  /** What happens to it. */
  fault: string;
  /** What must be seen, beside what holds for every row. */
  expectation: string;
}

/** As long as a server is away that is started again at once. */
const AWAY_MS = 1000;
const LASTS_MS = 2500;
/** A lock lapses after 30 s, and a look finds that within 20. The rest is sending, by a worker that is just starting. */
const HANDED_ON_SECONDS = 50 + 40;
const COPIED_MS = 2000;

const STOPPED = 'stopped, started again';
const KILLED = 'killed, started again';
const FROZEN = 'frozen';
const LATE = 'half a second more each way';
const CUT = 'connections cut again and again';
const ANSWERS_LOST = 'takes messages, its answers are lost';
const STARVED = 'runs a quarter of the time';

/** Who records that a message was sent is away: a mail is sent again, an SMS is not. */
const UNRECORDED = { mailsMayRepeat: true, smsMayBeLost: true };

const POSTGRES = '503 for what needs it; keys go on; what was acknowledged is there';
const REDIS = '503 for codes; the rest goes on; codes and messages asked for before are there';
const PROVIDER = 'codes are acknowledged, and come once it is back';
const API = 'the other process answers; what was under way is whole, or never was';
const FAILOVER = '503 for a moment; all go on without a restart';
const COPIED_LATER = `${FAILOVER}; what was not copied yet is lost`;

function rows(part: string, expectation: string, faults: Record<string, Terms & { expectation?: string }>): Row[] {
  return Object.entries(faults).map(([fault, terms]) => ({ part, fault, expectation, ...terms }));
}

/** Of a store: its process, and the line to it. */
function storeFaults(more: Partial<Terms>): Record<string, Terms> {
  const store = { group: 'stores', felt: 'refusals', ...more } as const;
  const line = { ...store, group: 'lines', lastsMs: LASTS_MS } as const;
  return {
    [STOPPED]: { ...store, lastsMs: AWAY_MS },
    [KILLED]: { ...store, lastsMs: AWAY_MS, telling: true },
    [FROZEN]: { ...store, lastsMs: LASTS_MS, telling: true },
    [LATE]: line,
    [CUT]: line,
  };
}

/** Of who takes messages. `doubt` is what comes of an answer that is lost. */
function providerFaults(doubt: Partial<Terms>, once: string): Record<string, Terms & { expectation?: string }> {
  const common = { group: 'providers', felt: 'orders', lastsMs: LASTS_MS } as const;
  return {
    [STOPPED]: { ...common, ...doubt },
    [FROZEN]: common,
    [LATE]: common,
    [CUT]: { ...common, ...doubt, expectation: `${PROVIDER}; ${once}` },
    [ANSWERS_LOST]: { ...common, ...doubt, expectation: `codes are acknowledged; ${once}`, telling: true },
  };
}

/** Every fault that is tried, in the order of docs/resilience.md. */
export const ROWS: readonly Row[] = [
  ...rows('PostgreSQL', POSTGRES, storeFaults(UNRECORDED)),
  ...rows('Redis', REDIS, storeFaults({})),
  ...rows('SMTP server', PROVIDER, providerFaults({ mailsMayRepeat: true }, 'a mail again has its old Message-ID')),
  ...rows('SMS gateway', PROVIDER, providerFaults({ smsMayBeLost: true }, 'no SMS is sent twice')),
  ...rows('API', API, {
    [STOPPED]: { group: 'processes', felt: 'silence' },
    [KILLED]: { group: 'processes', felt: 'silence', telling: true },
    [FROZEN]: { group: 'processes', felt: 'time', lastsMs: LASTS_MS },
    [STARVED]: { group: 'processes', felt: 'time', lastsMs: LASTS_MS },
  }),
  ...rows('worker', PROVIDER, {
    [STOPPED]: { group: 'processes', felt: 'orders', telling: true },
    'killed while it sends, started again': {
      ...UNRECORDED,
      group: 'processes',
      felt: 'orders',
      settledWithinSeconds: HANDED_ON_SECONDS,
      expectation: 'taken over within a minute; a mail is sent again under its Message-ID, an SMS is not',
    },
    [FROZEN]: { group: 'processes', felt: 'orders', lastsMs: LASTS_MS },
    [STARVED]: { group: 'processes', felt: 'orders', lastsMs: LASTS_MS },
  }),
  ...rows('Redis with Sentinel', COPIED_LATER, {
    'master killed, its replica takes over': {
      group: 'sentinel',
      felt: 'refusals',
      losesLastMs: COPIED_MS,
      settledWithinSeconds: HANDED_ON_SECONDS,
    },
  }),
  ...rows('Redis Cluster', COPIED_LATER, {
    'a master killed, its replica takes over': {
      group: 'cluster',
      felt: 'refusals',
      losesLastMs: COPIED_MS,
      settledWithinSeconds: HANDED_ON_SECONDS,
    },
  }),
  ...rows('PgBouncer', FAILOVER, {
    'opens its connections anew': { group: 'pgbouncer', felt: 'orders', ...UNRECORDED },
    'drops everybody': { group: 'pgbouncer', felt: 'refusals', ...UNRECORDED },
  }),
  ...rows('PostgreSQL behind PgBouncer', POSTGRES, {
    [STOPPED]: { group: 'pgbouncer', felt: 'refusals', lastsMs: AWAY_MS, ...UNRECORDED },
    [KILLED]: { group: 'pgbouncer', felt: 'refusals', lastsMs: AWAY_MS, ...UNRECORDED },
  }),
];

/** What a row is called, here and in the document. */
export const nameOf = ({ part, fault }: Pick<Row, 'part' | 'fault'>) => `${part}: ${fault}`;
