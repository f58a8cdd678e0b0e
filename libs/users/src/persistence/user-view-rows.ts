import type { UserView } from '../application/user-views.js';
import type { IdentifierRecord } from '../domain/user.js';

/** An account `u` with all that names it. */
export const VIEW_COLUMNS = `u.id, u.status, u.type, u.profile, u.created_at AS "createdAt", u.last_login_at AS "lastLoginAt",
  (SELECT coalesce(json_agg(json_build_object('id', i.id::text, 'scheme', i.scheme, 'value', i.value,
     'display', i.display, 'verifiedAt', i.verified_at) ORDER BY i.id), '[]')
   FROM identity."UserIdentifier" i WHERE i.user_id = u.id) AS identifiers`;

/** A row of these columns; JSON has no times. */
export type ViewRow = Omit<UserView, 'identifiers'> & {
  identifiers: (Omit<IdentifierRecord, 'verifiedAt'> & { verifiedAt: string | null })[];
};

export function toView({ identifiers, ...row }: ViewRow): UserView {
  const withTimes = identifiers.map(({ verifiedAt, ...identifier }) => ({
    ...identifier,
    verifiedAt: verifiedAt === null ? null : new Date(verifiedAt),
  }));
  return { ...row, identifiers: withTimes };
}
