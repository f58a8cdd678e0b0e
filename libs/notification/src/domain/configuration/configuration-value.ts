/** Where a row keeps its value, by `data_type`. */
export interface ValueColumns {
  data_type: string | null;
  n_value: number | null;
  t_value: string | null;
  b_value: Buffer | null;
  j_value: unknown;
  bo_value: boolean | null;
}

/** A value as it is written: of the one type that it has. */
export type TypedValue =
  | { type: 'NUMBER'; value: number }
  | { type: 'TEXT'; value: string }
  | { type: 'JSON'; value: unknown }
  | { type: 'BOOLEAN'; value: boolean };

type Column = Exclude<keyof ValueColumns, 'data_type'>;
const COLUMNS = new Map<string, Column>([
  ['number', 'n_value'],
  ['text', 't_value'],
  ['string', 't_value'],
  ['byte', 'b_value'],
  ['bytes', 'b_value'],
  ['json', 'j_value'],
  ['boolean', 'bo_value'],
]);
const ALL = [...new Set(COLUMNS.values())];

/** The value of a row; where `data_type` names none, which other services leave so, of the column that has one. */
export function valueOf(row: ValueColumns): unknown {
  const column = COLUMNS.get(row.data_type?.toLowerCase() ?? '') ?? ALL.find((each) => row[each] !== null);
  return column === undefined ? null : row[column];
}
