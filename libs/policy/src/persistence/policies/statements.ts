import { rowId } from '../row-id.js';

/**
 * A role that is disabled gives nothing, and a user who is not active has nothing. What there is no row for is of another
 * service. Scalar, since PostgreSQL would read a whole table of roles to hash those of an EXISTS.
 */
const able = ({ type, id }: { type: string; id: string }) => `CASE ${type}
  WHEN 'Role' THEN coalesce((SELECT r.status = 'active' FROM identity."Role" r WHERE r.id = ${rowId(id)}), true)
  WHEN 'User' THEN coalesce((SELECT u.status = 'active' FROM identity."User" u WHERE u.id = ${rowId(id)}), true)
  ELSE true END`;

/**
 * What is said of each subject, of the roles it has and the domains it has joined. Each step is a look-up in
 * "PolicyDefinition_key", so that the cost is that of the subject's own lines, whatever there are of others.
 *
 * A row for each, in order: `lines` is the JSON of SliceRow[], `names` whose changes concern it, `snapshot` what the
 * statement could see.
 * @param asked a FROM item of columns `type`, `id` and `place`
 */
const slicesOf = (asked: string) => `
SELECT pg_current_snapshot()::text AS snapshot, slice.names, slice.lines
FROM ${asked} AS asked (type, id, place)
CROSS JOIN LATERAL (
  WITH RECURSIVE named (type, id) AS (
    SELECT asked.type, asked.id
    UNION
    SELECT p.target_type, p.target_id
    FROM named JOIN identity."PolicyDefinition" p ON p.subject_id = named.id AND p.subject_type = named.type
      AND p.variant IN ('assign_role', 'role_inherits', 'join_domain')
    WHERE ${able({ type: 'named.type', id: 'named.id' })}
  )
  SELECT
    (SELECT array_agg(type || '_' || id) FROM named) AS names,
    (SELECT json_agg(json_build_array(p.id::text, p.variant, p.subject_type, p.subject_id, p.target_type, p.target_id,
       p.action, p.effect, p.domain, c.code) ORDER BY p.id)::text
     FROM named JOIN identity."PolicyDefinition" p ON p.subject_id = named.id AND p.subject_type = named.type
     LEFT JOIN identity."Permission" c
       ON p.variant = 'grant' AND p.target_type = 'Permission' AND c.id = ${rowId('p.target_id')}
     WHERE ${able({ type: 'named.type', id: 'named.id' })}) AS lines
) AS slice
ORDER BY asked.place`;

/** $1 types, $2 ids of the subjects. */
export const SLICES = slicesOf('unnest($1::text[], $2::text[]) WITH ORDINALITY');

/**
 * $1 type, $2 id of the one subject. PostgreSQL takes a list for ten, finds the plan that it has kept ten times as dear as
 * one for what it sees, and would plan each time anew, which takes longer than the work.
 */
export const SLICE = slicesOf('(VALUES ($1::text, $2::text, 1))');

/** The JSON of an InheritanceRow. */
const inheritance = (child = 'NULL', parent = 'NULL') => `json_build_array(p.id::text, p.variant, p.subject_type,
  p.subject_id, p.target_type, p.target_id, ${child}, ${parent})`;

/**
 * $1 types, $2 ids of domains. A row for each, in order: `lines` is the JSON of InheritanceRow[], `names` whose changes
 * concern it: the domain and all that it may lie within.
 */
export const DOMAINS = `
SELECT pg_current_snapshot()::text AS snapshot, within.names, within.lines
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked (type, id, place)
CROSS JOIN LATERAL (
  WITH RECURSIVE named (type, id) AS (
    SELECT asked.type, asked.id
    UNION
    SELECT p.target_type, p.target_id
    FROM named JOIN identity."PolicyDefinition" p ON p.subject_id = named.id AND p.subject_type = named.type
      AND p.variant = 'domain_inherits'
  )
  SELECT
    (SELECT array_agg(type || '_' || id) FROM named) AS names,
    (SELECT json_agg(${inheritance()} ORDER BY p.id)::text
     FROM named JOIN identity."PolicyDefinition" p ON p.subject_id = named.id AND p.subject_type = named.type
       AND p.variant = 'domain_inherits') AS lines
) AS within
ORDER BY asked.place`;

/** `lines` is the JSON of InheritanceRow[]. */
export const HIERARCHY = `
SELECT pg_current_snapshot()::text AS snapshot, json_agg(${inheritance('child.code', 'parent.code')} ORDER BY p.id)::text AS lines
FROM identity."PolicyDefinition" p
LEFT JOIN identity."Permission" child ON p.variant = 'resource_inherits' AND child.id = ${rowId('p.subject_id')}
LEFT JOIN identity."Permission" parent ON p.variant = 'resource_inherits' AND parent.id = ${rowId('p.target_id')}
WHERE p.variant IN ('resource_inherits', 'action_inherits')`;
