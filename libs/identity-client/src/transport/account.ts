/** How a sister calls the routes under `/internal`. */
export interface ServiceAccountOptions {
  /** The service's base path, for example `http://identity:3000/v1/api/identity`. */
  baseUrl: string;
  /** Name of the service account. */
  name: string;
  /** Its secret. */
  secret: string;
}

/** The header of RFC 7617. @throws TypeError for what no account can be called */
export function basicAuthorization({ name, secret }: ServiceAccountOptions): string {
  if (name === '' || name.includes(':') || secret === '')
    throw new TypeError('A service account has a name and a secret.');
  return `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
}

/**
 * An address of HTTP without a trailing slash.
 * @throws TypeError, which never holds the address: it might be the secret that was put into the wrong place
 */
export function httpUrl(text: string, option: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) throw new TypeError(`${option} wants an address of http or https.`);
  if (url.username || url.password) throw new TypeError(`${option} takes no user or password.`);
  return text.replace(/\/+$/, '');
}
