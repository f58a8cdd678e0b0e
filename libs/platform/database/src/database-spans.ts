import { currentSpan, inSpan } from '@platform/telemetry';

/** Verb and first table: `SELECT "User"`. Few, and of our own constant text: parameters never stand in it. */
const VERB = /\b(?:SELECT|INSERT|UPDATE|DELETE)\b/i;
const TABLE = /\b(?:FROM|INTO|UPDATE|JOIN)\s+(?:"?\w+"?\.)?(?<table>"\w+")/i;
const summaries = new Map<string, string>();

/** Has one statement be a span of the trace it belongs to. */
export function inStatementSpan<T>(sql: string, work: () => Promise<T>): Promise<T> {
  if (!currentSpan()) return work();
  const summary = summaryOf(sql);
  return inSpan(summary, { kind: 'client', attributes: { ...POSTGRES, 'db.query.summary': summary } }, work);
}

/** The same of what is more than one statement, or not of our own words. */
export function inPostgresSpan<T>(name: 'TRANSACTION' | 'ENTITIES', work: () => Promise<T>): Promise<T> {
  return inSpan(name, { kind: 'client', attributes: POSTGRES }, work);
}

const POSTGRES = { 'db.system.name': 'postgresql' };

function summaryOf(sql: string): string {
  let summary = summaries.get(sql);
  if (summary === undefined) {
    const verb = VERB.exec(sql)?.[0].toUpperCase() ?? 'STATEMENT';
    const table = TABLE.exec(sql)?.groups?.['table'];
    summaries.set(sql, (summary = table === undefined ? verb : `${verb} ${table}`));
  }
  return summary;
}
