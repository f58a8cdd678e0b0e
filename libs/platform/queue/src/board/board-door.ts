import { isIP } from 'node:net';

/** Where the board is, below the origin of the management port. */
export const BOARD_PATH = '/queues';

/** Scripts and everything else from here alone; the page's own styles are attributes and elements. */
const CONTENT_SECURITY_POLICY = {
  'default-src': "'self'",
  'img-src': "'self' data:",
  'style-src': "'self' 'unsafe-inline'",
  'object-src': "'none'",
  'base-uri': "'self'", // the page has a <base>
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

export const BOARD_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': Object.entries(CONTENT_SECURITY_POLICY)
    .map(([name, value]) => `${name} ${value}`)
    .join(';'),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

const PORT = /:\d{1,5}$/;
/** A name without a dot, or one that only a cluster's own DNS can answer. */
const INNER_NAME = /^[a-z\d-]+$|\.svc$|\.svc\.cluster\.local$/i;

/**
 * Whether a `Host` is one that an operator uses: an address, `localhost`, a Service. A page of the internet that has had
 * its name point to this port (DNS rebinding) comes with that name, and must not read what a browser behind a
 * port-forward can reach.
 */
export function isOurHost(host = ''): boolean {
  const name = host.replace(PORT, '').replace(/^\[(.*)\]$/, '$1');
  return isIP(name) !== 0 || INNER_NAME.test(name);
}
