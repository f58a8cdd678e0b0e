import pg from 'pg';

/** One row for each thing: what PostgreSQL's catalogs know of schema `identity` and of public."Configuration". */
const OURS = `(n.nspname = 'identity' OR (n.nspname = 'public' AND c.relname = 'Configuration'))`;
const CATALOG = `
  SELECT 'relation' AS kind, c.oid::regclass::text AS name,
    concat_ws(' ', c.relkind, c.relpersistence, c.reloptions::text, c.relacl::text, c.relrowsecurity) AS definition
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OURS}
  UNION ALL
  SELECT 'column', c.oid::regclass || '.' || a.attname, concat_ws(' ',
    row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum), format_type(a.atttypid, a.atttypmod),
    CASE WHEN a.attnotnull THEN 'NOT NULL' END, pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated,
    a.attcollation::regcollation)
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE ${OURS} AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'v', 'p')
  UNION ALL
  SELECT 'constraint', c.oid::regclass || '.' || o.conname, pg_get_constraintdef(o.oid) || o.convalidated
  FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OURS}
  UNION ALL
  SELECT 'index', i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) || i.indisvalid
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OURS}
  UNION ALL
  SELECT 'view', c.oid::regclass::text, pg_get_viewdef(c.oid)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'v' AND ${OURS}
  UNION ALL
  SELECT 'function', p.oid::regprocedure::text, pg_get_functiondef(p.oid)
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'identity'
  UNION ALL
  SELECT 'trigger', c.oid::regclass || '.' || t.tgname, pg_get_triggerdef(t.oid) || t.tgenabled::text
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE NOT t.tgisinternal AND ${OURS}
  UNION ALL
  SELECT 'type', t.oid::regtype::text, t.typtype::text
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  WHERE n.nspname = 'identity' AND t.typrelid = 0 AND t.typelem = 0
  UNION ALL
  SELECT 'setting', s.setrole::regrole::text, s.setconfig::text
  FROM pg_db_role_setting s JOIN pg_database b ON b.oid = s.setdatabase WHERE b.datname = current_database()
  ORDER BY 1, 2`;

/**
 * A database's schema as text that can be compared, a line for each relation, column, constraint, index, view,
 * function, trigger and role setting.
 */
export async function catalog(url: string): Promise<string[]> {
  const rows = await sql<{ kind: string; name: string; definition: string }>(url, `SET search_path = ''; ${CATALOG}`);
  return rows.map(({ kind, name, definition }) => `${kind} ${name}: ${definition}`);
}

/** The rows of the last statement in `text`, over a plain connection of its own. */
export async function sql<Row>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const answer = (await client.query(text)) as pg.QueryResult | pg.QueryResult[];
    const last = Array.isArray(answer) ? answer.at(-1) : answer;
    return (last?.rows ?? []) as Row[];
  } finally {
    await client.end();
  }
}
