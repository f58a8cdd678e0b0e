import { PASSWORD, type Answer, type Client } from './client.js';
import { randomEmail } from './addresses.js';
import { verifyCode } from './codes.js';

/** What a person does from the first visit to the last; each part answers, or throws with what it was told. */
export async function codeJourney(client: Client, codeOf: (email: string) => Promise<string>): Promise<void> {
  const email = randomEmail();
  const identifier = { scheme: 'email', value: email };
  const credential = { scheme: 'password', value: PASSWORD };
  const asked = wanted(202, await client.post('/auth/sign-up', { identifier, credential }));
  const code = await codeOf(email);
  wanted(200, await verifyCode(client, 'verify-email', email, asked.body.challengeId, code));
  const signedIn = wanted(200, await client.post('/auth/sign-in', { identifier, credential }));
  wanted(200, await client.get('/auth/who-am-i', signedIn.body.accessToken));
  const refreshed = wanted(200, await client.refresh(signedIn.body.refreshToken));
  wanted(204, await client.post('/auth/sign-out', { refreshToken: refreshed.body.refreshToken }));
}

/** The answer. @throws Error with all that it says, when it is another one than that */
function wanted(status: number, answer: Answer): Answer {
  if (answer.status !== status) throw new Error(`${status} was wanted, not ${answer.status}: ${answer.text}`);
  return answer;
}
