const HIDDEN = '[hidden]';
/** How deep secrets are looked for: `a.b.c.password` is three deep. */
const DEPTH = 3;

/**
 * Members that a careless log call might hold, in lower case. `detail` is PostgreSQL's: it quotes whole rows; `args` are
 * those of a command that Redis refused, which an error of ioredis has: AUTH's password, keys with addresses in them.
 */
const SECRETS = new Set(
  `password newpassword currentpassword passwordhash credential secret pepper privatekey apikey token accesstoken
   refreshtoken devicetoken resettoken idtoken authorization proxy-authorization cookie set-cookie otp parameters
   detail args`.split(/\s+/),
);

/**
 * A `code` may be somebody's one-time code, so only what is an error's is shown: ours (`auth.throttled`), Node's
 * (`ECONNREFUSED`, `ERR_SOCKET_CLOSED`) and the five characters of an SQLSTATE.
 */
const ERROR_CODE = /^(?:[a-z][a-z-]*\.[a-z-]+|E[A-Z]+|[A-Z]+(?:_[A-Z\d]+)+|[A-Z\d]{5})$/;

/**
 * `fields` with secrets hidden wherever they stand up to three levels deep. One walk by name, because this is done for
 * every line: pino's own `redact` costs 60 µs a line with these names (measured), this less than one.
 */
export function hideSecrets(fields: Record<string, unknown>, depth = DEPTH): Record<string, unknown> {
  let shown = fields;
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    const replaced = isSecret(name, value) ? HIDDEN : hideWithin(value, depth);
    if (replaced === value) continue;
    if (shown === fields) shown = { ...fields };
    shown[name] = replaced;
  }
  return shown;
}

function isSecret(name: string, value: unknown): boolean {
  const lower = name.toLowerCase();
  if (lower === 'code') return !(typeof value === 'string' && ERROR_CODE.test(value));
  return SECRETS.has(lower);
}

/** Errors are left to their serializer, and what says itself how it is written (dates, URLs) to that. */
function hideWithin(value: unknown, depth: number): unknown {
  if (depth === 0 || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => hideWithin(item, depth - 1));
  if ('toJSON' in value || value instanceof Error || Buffer.isBuffer(value)) return value;
  return hideSecrets(value as Record<string, unknown>, depth - 1);
}
