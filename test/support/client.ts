import { randomBytes } from 'node:crypto';
import { untilAvailable } from './retries.js';

export interface Answer {
  status: number;
  headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- bodies are looked into by tests that know what they asked for
  body: Record<string, any>;
  text: string;
}

export interface Tokens {
  accessToken: string;
  refreshToken: string;
  sessionId: string;
  deviceToken: string;
}

export const PASSWORD = 'three unrelated words';

/** Calls the service as any HTTP client would. Paths are below the base path. */
export class Client {
  constructor(
    readonly origin: string,
    private readonly basePath = '/v1/api/identity',
  ) {}

  async send(
    method: string,
    path: string,
    options: { body?: unknown; token?: string; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const { body, token } = options;
    const response = await fetch(`${this.origin}${this.basePath}${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...options.headers,
      },
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : {}, text };
  }

  get(path: string, token?: string): Promise<Answer> {
    return this.send('GET', path, { token });
  }

  post(path: string, body?: unknown, token?: string): Promise<Answer> {
    return this.send('POST', path, { body, token });
  }

  /** A new account with a name nobody has. */
  async signUp(
    username = randomUsername(),
    password = PASSWORD,
  ): Promise<Tokens & { username: string; userId: string }> {
    const answer = await untilAvailable(() => this.post('/auth/sign-up', credentials(username, password)));
    if (answer.status !== 201) throw new Error(`sign-up answered ${answer.status}: ${answer.text}`);
    const { accessToken } = answer.body as Tokens;
    const claims = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as { sub: string };
    return { ...(answer.body as Tokens), username, userId: claims.sub };
  }

  signIn(username: string, password = PASSWORD, more: Record<string, unknown> = {}): Promise<Answer> {
    return this.post('/auth/sign-in', { ...credentials(username, password), ...more });
  }

  refresh(refreshToken: string): Promise<Answer> {
    return this.post('/auth/token/refresh', { refreshToken });
  }
}

export function credentials(username: string, password = PASSWORD) {
  return { identifier: { scheme: 'username', value: username }, credential: { scheme: 'password', value: password } };
}

export function randomUsername(): string {
  return `u${randomBytes(6).toString('hex')}`;
}
