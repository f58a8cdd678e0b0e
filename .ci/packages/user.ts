// What a sister writes, for the compiler alone: strict, and with the declarations of the package looked at too.
import {
  createPolicyClient,
  createVerifier,
  IdentityClientError,
  type Principal,
  type TokenInvalidCode,
  TokenInvalidError,
  type VerifierOptions,
} from '@nx-seller/identity-client';

const account = { baseUrl: 'http://identity:3000/v1/api/identity', name: 'orders', secret: 'secret' };
const options: VerifierOptions = {
  issuer: 'http://identity.example',
  audience: ['orders'],
  jwksUri: 'http://identity:3000/jw-certs',
  algorithms: ['ES256'],
  revocations: account,
  hooks: { onVerify: ({ outcome, milliseconds }) => console.log(outcome, milliseconds.toFixed(1)) },
};

export async function whoMay(token: string, signal: AbortSignal): Promise<Principal | TokenInvalidCode | undefined> {
  await using verifier = createVerifier(options);
  const policies = createPolicyClient(account);
  try {
    const principal = await verifier.verify(token, { signal });
    const { userId: id, claims } = principal;
    const subject = { type: 'User', id };
    const { version } = await policies.permissions(subject, 'Shop_7');
    const isAllowed: boolean = await policies.isAllowed({ subject, object: 'orders', action: 'read' });
    return isAllowed && version !== '' && claims.exp > 0 ? principal : undefined;
  } catch (error) {
    if (error instanceof TokenInvalidError) return error.code;
    if (error instanceof IdentityClientError) return undefined;
    throw error;
  }
}

// @ts-expect-error -- an algorithm that no key of the service has
export const wrong: VerifierOptions = { ...options, algorithms: ['HS256'] };
