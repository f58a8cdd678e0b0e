/** Everything but `/jw-certs` lives below this path. */
export const BASE_PATH = 'v1/api/identity';
