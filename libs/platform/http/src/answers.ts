type Text<Value> = Value extends Date ? string : Value;
/** A row as it is answered: its times as texts. */
type Told<Row> = { [Name in keyof Row]: Text<Row[Name]> };

/** Times as texts, in UTC. */
export function toAnswer<Row extends object>(row: Row): Told<Row> {
  const members = Object.entries(row).map(([name, value]) => [
    name,
    value instanceof Date ? value.toISOString() : value,
  ]);
  return Object.fromEntries(members) as Told<Row>;
}

/** A page of what one more than `limit` rows were asked for. */
export function toPage<Row extends { id: string }>(rows: Row[], limit: number) {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items: items.map(toAnswer), nextCursor: rows.length > limit && last ? last.id : null };
}
