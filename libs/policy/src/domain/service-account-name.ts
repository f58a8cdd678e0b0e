/** What a service account may be called; no colon, which ends the name in a Basic header. */
export const SERVICE_ACCOUNT_NAME = /^[a-z][a-z0-9-]{1,62}$/;
