import { afterAll, beforeAll, expect, it } from 'vitest';
import { startService, type TestService } from '../support/start-service.js';

let service: TestService;
let token: string;

beforeAll(async () => {
  service = await startService();
  token = (await service.client.signUp()).accessToken;
});
afterAll(async () => {
  await service.stop();
});

it('a refusal names the parameter of the path', async () => {
  const { status, body } = await service.client.send('DELETE', '/sessions/x', { token });
  expect({ status, errors: body.errors as unknown }).toMatchObject({ status: 422, errors: [{ path: 'id' }] });
});

it.each(['0x10', '1e1', '%207'])('the limit of a list is written in digits, not %s', async (limit) => {
  const { status, body } = await service.client.get(`/sessions?limit=${limit}`, token);
  expect({ status, errors: body.errors as unknown }).toMatchObject({ status: 422, errors: [{ path: 'limit' }] });
  expect((await service.client.get('/sessions?limit=7', token)).status).toBe(200);
});
