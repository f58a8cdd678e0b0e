import { CsvError, parse } from 'csv-parse/sync';
import type { FieldError } from '@platform/kernel';
import { draftSchema } from '../../domain/new-definition.js';
import type { PolicyRecord } from '../policy-definitions.js';
import type { PlacedDraft } from '../resolve-drafts.js';

export const POLICY_FORMATS = ['csv', 'json'] as const;
export type PolicyFormat = (typeof POLICY_FORMATS)[number];

/** The columns of a file, in this order when we write it. */
export const COLUMNS = [
  'variant',
  'subjectType',
  'subjectId',
  'subjectName',
  'targetType',
  'targetId',
  'targetName',
  'action',
  'effect',
  'domain',
  'metadata',
] as const;

type FileItem = Pick<PolicyRecord, (typeof COLUMNS)[number]>;

interface Raw {
  /** Such as `lines.17` or `items.3`. */
  at: string;
  value: unknown;
}

/** A definition as files have it, without what belongs to this database alone. */
export function toFileItem({ id: _id, createdAt: _createdAt, ...item }: PolicyRecord): FileItem {
  return item;
}

/** Reads a whole file. @returns its drafts, and what is wrong with it, by line and field */
export function readPolicyFile(content: string, format: PolicyFormat): { drafts: PlacedDraft[]; errors: FieldError[] } {
  const { raws, errors } = format === 'csv' ? readCsv(content) : readJson(content);
  const drafts: PlacedDraft[] = [];
  for (const { at, value } of raws) {
    const result = draftSchema.safeParse(value);
    if (result.success) drafts.push({ at: `${at}.`, draft: result.data });
    else for (const issue of result.error.issues) errors.push(...toErrors(at, issue));
  }
  return { drafts, errors };
}

function toErrors(
  at: string,
  issue: { path: PropertyKey[]; message: string; code: string; keys?: string[] },
): FieldError[] {
  const paths = issue.keys ?? [issue.path.map(String).join('.')];
  const message = issue.keys ? 'This field is not known.' : issue.message;
  return paths.map((path) => ({ path: path ? `${at}.${path}` : at, code: issue.code.replaceAll('_', '-'), message }));
}

function readJson(content: string): { raws: Raw[]; errors: FieldError[] } {
  try {
    const items = JSON.parse(content) as unknown;
    if (!Array.isArray(items)) return { raws: [], errors: [fault('content', 'wants a JSON array')] };
    return { raws: items.map((value: unknown, index) => ({ at: `items.${index}`, value })), errors: [] };
  } catch {
    return { raws: [], errors: [fault('content', 'is no JSON')] };
  }
}

function readCsv(content: string): { raws: Raw[]; errors: FieldError[] } {
  try {
    const rows = parse(content, { bom: true, info: true, skip_empty_lines: true, relax_column_count: true }) as {
      record: string[];
      info: { lines: number };
    }[];
    const [heading, ...rest] = rows;
    const errors = headingErrors(heading?.record ?? []);
    if (!heading || errors.length > 0) return { raws: [], errors };
    return toRaws(heading.record, rest);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error.lines === 'number' ? `lines.${error.lines}` : 'content';
    return { raws: [], errors: [fault(line, 'is no CSV: a quote stands where none may, or is not closed')] };
  }
}

function headingErrors(heading: string[]): FieldError[] {
  const known: readonly string[] = COLUMNS;
  const odd = heading.filter((name, index) => !known.includes(name) || heading.indexOf(name) !== index);
  if (odd.length > 0) return odd.map((name) => fault(`lines.1.${name.slice(0, 64)}`, 'is no column, or stands twice'));
  return heading.includes('variant') ? [] : [fault('lines.1', `wants the columns ${COLUMNS.join(', ')}`)];
}

function toRaws(heading: string[], rows: { record: string[]; info: { lines: number } }[]) {
  const raws: Raw[] = [];
  const errors: FieldError[] = [];
  for (const { record, info } of rows) {
    const at = `lines.${info.lines}`;
    if (record.length === heading.length) raws.push({ at, value: toValue(heading, record) });
    else errors.push(fault(at, `has ${record.length} cells where the heading has ${heading.length}`));
  }
  return { raws, errors };
}

/** An empty cell is a value that is not given. */
function toValue(heading: string[], record: string[]): Record<string, unknown> {
  const cells = heading.map((name, index) => [name, record[index]] as const).filter(([, cell]) => cell !== '');
  return Object.fromEntries(cells.map(([name, cell]) => [name, name === 'metadata' ? parsed(cell) : cell]));
}

function parsed(json: string | undefined): unknown {
  try {
    return JSON.parse(json ?? '') as unknown;
  } catch {
    return json; // a text, which the schema refuses by the field's name
  }
}

function fault(path: string, message: string): FieldError {
  return { path, code: 'custom', message };
}
