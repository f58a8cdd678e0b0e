/** The row that a text names, null where it is no id: definitions written by hand may hold anything. */
export function rowId(column: string): string {
  const isId = `${column} ~ '^[1-9][0-9]{0,18}$' AND ${column}::numeric <= 9223372036854775807`;
  return `(CASE WHEN ${isId} THEN ${column}::bigint END)`;
}
