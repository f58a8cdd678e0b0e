import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { publicMembers, type SigningAlgorithm, thumbprint } from '../domain/jwk.js';
import type { NewKey } from '../domain/stored-keys.js';

const RSA_BITS = 3072;
const generate = promisify(generateKeyPair);

/** Makes a key pair and names it by its thumbprint, which a command that revokes it takes for no option of its own. */
export async function makeKey(alg: SigningAlgorithm): Promise<NewKey> {
  const privateKey = await generatePrivateKey(alg);
  const kid = thumbprint(publicMembers(privateKey));
  if (kid.startsWith('-')) return await makeKey(alg); // one in 64
  return { kid, alg, pem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() };
}

async function generatePrivateKey(alg: SigningAlgorithm): Promise<KeyObject> {
  if (alg === 'ES256') return (await generate('ec', { namedCurve: 'P-256' })).privateKey;
  if (alg === 'ES384') return (await generate('ec', { namedCurve: 'P-384' })).privateKey;
  return (await generate('rsa', { modulusLength: RSA_BITS })).privateKey;
}
