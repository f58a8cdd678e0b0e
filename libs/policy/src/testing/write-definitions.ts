import type { Database } from '@platform/database';
import type { Definition } from './whole-policy.js';

/** As an operator may take for it. */
const DEADLINE_MS = 10_000;

/** Replaces all definitions and permissions in one transaction, past the use cases, as an operator does by hand. */
export async function writeDefinitions(
  database: Database,
  definitions: readonly Definition[],
  codes: readonly string[],
): Promise<void> {
  const idOf = new Map(codes.map((code, index) => [code, String(1000 + index)]));
  const rows = definitions.map(({ variant, subject, target, action, effect, domain }, index) => {
    const ends = (name: string, codeEnd: boolean) => {
      if (codeEnd) return { type: 'Permission', id: idOf.get(name) ?? name };
      if (variant === 'action_inherits') return { type: 'Action', id: name };
      const [type = '', ...id] = name.split('_');
      return { type, id: id.join('_') };
    };
    const from = ends(subject, variant === 'resource_inherits');
    const to = ends(target, variant === 'resource_inherits' || variant === 'grant');
    return {
      id: index + 1,
      variant,
      subject_type: from.type,
      subject_id: from.id,
      target_type: to.type,
      target_id: to.id,
      action,
      effect,
      domain,
    };
  });
  await database.transaction(async (transaction) => {
    await transaction.query('DELETE FROM identity."PolicyDefinition"');
    await transaction.query('DELETE FROM identity."Permission"');
    await transaction.query(
      `INSERT INTO identity."Permission" (id, code, name) SELECT id, code, code
       FROM unnest($1::bigint[], $2::text[]) AS permission (id, code)`,
      [[...idOf.values()], [...idOf.keys()]],
    );
    await transaction.query(
      `INSERT INTO identity."PolicyDefinition"
         (id, variant, subject_type, subject_id, target_type, target_id, action, effect, domain)
       SELECT id, variant, subject_type, subject_id, target_type, target_id, action, effect, domain
       FROM json_populate_recordset(NULL::identity."PolicyDefinition", $1)`,
      [JSON.stringify(rows)],
    );
  }, DEADLINE_MS);
}
