/** Injection token of the process's one Redis connection for the request path. */
export const REDIS = Symbol('redis');
