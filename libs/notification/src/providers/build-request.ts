import { createHmac } from 'node:crypto';
import type { HttpSettings } from '../application/sms/provider-settings.js';
import type { ProviderAuth } from '../application/sms/provider-auth.js';
import { fillTemplate, type TemplateValues } from '../domain/sms/provider-template.js';
import type { HttpExchange } from './exchange.js';

type Request = Pick<HttpExchange, 'url' | 'method' | 'headers' | 'body'>;
type Field = HttpSettings['fields'][string];

/** The request of one SMS. Values enter by JSON's and the form's own encoders, so that none can become structure. */
export function buildRequest(settings: HttpSettings, values: TemplateValues): Request {
  const { url, method, encoding, fields, auth } = settings;
  const headers = { Accept: 'application/json', ...authHeaders(auth, values) };
  const filled = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, fill(field, values)]));
  if (method === 'GET') {
    const address = new URL(url);
    for (const [name, value] of formOf(filled)) address.searchParams.set(name, value);
    return { url: address.href, method, headers };
  }
  return { url, method, ...withBody(encoding, filled, headers) };
}

/** A body with the headers that tell of it. */
export function withBody(encoding: 'json' | 'form', fields: Record<string, unknown>, headers: Record<string, string>) {
  const isJson = encoding === 'json';
  const body = isJson ? JSON.stringify(fields) : formOf(fields).toString();
  const type = isJson ? 'application/json' : 'application/x-www-form-urlencoded';
  return { headers: { ...headers, 'Content-Type': type, 'Content-Length': String(Buffer.byteLength(body)) }, body };
}

function formOf(fields: Record<string, unknown>): URLSearchParams {
  return new URLSearchParams(Object.entries(fields).map(([name, value]) => [name, scalar(value)] as [string, string]));
}

/** Settings let nothing else into a form. */
function scalar(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function fill(field: Field, values: TemplateValues): unknown {
  if (typeof field === 'string') return fillTemplate(field, values);
  if (Array.isArray(field)) return field.map((each) => fill(each, values));
  if (typeof field !== 'object' || field === null) return field;
  return Object.fromEntries(Object.entries(field).map(([name, each]) => [name, fill(each, values)]));
}

function authHeaders(auth: ProviderAuth, values: TemplateValues): Record<string, string> {
  const filled = (template: string) => String(fillTemplate(template, values));
  if (auth.kind === 'header') return { [auth.name]: filled(auth.value) };
  if (auth.kind === 'jwt') return { [auth.header]: `${auth.prefix}${signJwt(auth, values)}` };
  if (auth.kind === 'bearer') return { Authorization: `Bearer ${values.credential}` };
  if (auth.kind === 'basic') {
    const pair = `${filled(auth.username)}:${filled(auth.password)}`;
    return { Authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
  }
  const hasBearer = auth.kind === 'oauth2-client-credentials' && auth.placement === 'bearer';
  return hasBearer ? { Authorization: `Bearer ${values.token}` } : {};
}

/** RFC 7515, HS256; a new one for each call. */
function signJwt(auth: ProviderAuth & { kind: 'jwt' }, { id, time, credential }: TemplateValues): string {
  const now = Math.floor(time.getTime() / 1000);
  const header = { ...auth.joseHeader, typ: 'JWT', alg: 'HS256' };
  const jti = `${auth.issuer}-${id}-${time.getTime()}`;
  const claims = { ...auth.claims, jti, iss: auth.issuer, iat: now, exp: now + auth.ttlSeconds };
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${signed}.${createHmac('sha256', credential).update(signed).digest('base64url')}`;
}
