/** Of transactions that were under way, so many stand in a cursor; their numbers are what makes it long. */
const MAX_OPEN = 20;
const MAX_NUMBER = 9_223_372_036_854_775_807n;
const SEEN = String.raw`\d{1,19}(?:_\d{1,19}){1,${MAX_OPEN + 1}}`;
const CURSOR = new RegExp(String.raw`^(\d{1,17})-(\d{1,11})-(${SEEN})(?:-(${SEEN})-(\d{1,19})_(\d{1,19}))?$`);

/** Which transactions had ended: those below `xmin`, and those below `xmax` that are not `open`. Decimal numbers. */
export interface Seen {
  xmin: string;
  xmax: string;
  open: string[];
}

/** Where an end stands among all: the transaction, then the session. */
export interface Place {
  endedIn: string;
  sessionId: string;
}

/**
 * What somebody knows of the ends of sessions: all that `seen` saw, and of what came after it whatever lies up to
 * `run.after`. Once that run of pages is through, all that `run.upTo` saw is known.
 */
export interface FeedCursor {
  /** When the server began, in microseconds: one that was restored may use the numbers of transactions once more. */
  server: string;
  /** When it was made, in seconds since 1970. */
  madeAt: number;
  seen: Seen;
  run?: { upTo: Seen; after: Place };
}

/** `pg_current_snapshot()`, as PostgreSQL writes it. With too many under way it says less than was seen: some is told twice. */
export function parseSnapshot(text: string): Seen {
  const [xmin = '0', xmax = '0', list = ''] = text.split(':');
  const open = list === '' ? [] : list.split(',');
  return { xmin, xmax: open[MAX_OPEN] ?? xmax, open: open.slice(0, MAX_OPEN) };
}

/** Whether `later` saw all that `earlier` saw, of which the one has come after the other. */
export function isBehind(earlier: Seen, later: Seen): boolean {
  return BigInt(earlier.xmax) <= BigInt(later.xmax);
}

/** A cursor as clients are handed it: harmless in a query, a header and a line of an event stream. */
export function formatCursor({ server, madeAt, seen, run }: FeedCursor): string {
  const text = `${server}-${madeAt}-${formatSeen(seen)}`;
  return run ? `${text}-${formatSeen(run.upTo)}-${run.after.endedIn}_${run.after.sessionId}` : text;
}

/** @returns nothing for what is no cursor of ours */
export function parseCursor(text: string): FeedCursor | undefined {
  const [, server, madeAt, seen, upTo, endedIn, sessionId] = CURSOR.exec(text) ?? [];
  if (server === undefined || seen === undefined) return undefined;
  const known = { server, madeAt: Number(madeAt), seen: parseSeen(seen) };
  if (upTo === undefined || endedIn === undefined || sessionId === undefined)
    return isSound(known.seen) ? known : undefined;
  const run = { upTo: parseSeen(upTo), after: { endedIn, sessionId } };
  const isWhole = isSound(known.seen) && isSound(run.upTo) && [endedIn, sessionId].every(isNumber);
  return isWhole ? { ...known, run } : undefined;
}

function formatSeen({ xmin, xmax, open }: Seen): string {
  return [xmin, xmax, ...open].join('_');
}

function parseSeen(text: string): Seen {
  const [xmin = '', xmax = '', ...open] = text.split('_');
  return { xmin, xmax, open };
}

/** As PostgreSQL writes it, which takes no other. */
function isSound({ xmin, xmax, open }: Seen): boolean {
  const [first, last, ...between] = [xmin, xmax, ...open].map(BigInt) as [bigint, bigint, ...bigint[]];
  const isRising = between.every((number, at) => number > (between[at - 1] ?? first - 1n) && number < last);
  return first > 0n && first <= last && last <= MAX_NUMBER && isRising;
}

function isNumber(text: string): boolean {
  return BigInt(text) <= MAX_NUMBER;
}
