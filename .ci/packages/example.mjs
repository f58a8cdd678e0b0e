// Prints a program made of the first example of identity-client's README, so that CI runs what people read. It verifies
// the token that is its argument, with the issuer at the address that is ours.
import { readFileSync } from 'node:fs';

const [, , origin] = process.argv;
const readme = readFileSync(new URL('../../libs/identity-client/README.md', import.meta.url), 'utf8');
const [, example] = /```js\n(.*?)```/s.exec(readme);
const located = example.replace('http://identity.example', origin).replace('http://identity:3000', origin);
if (located.includes('identity.example') || located.includes('identity:3000')) throw new Error('an address is left');
process.stdout.write(`const token = process.argv[2];
${located}
if (userId !== '7' || sessionId !== '8' || roles.length !== 0) throw new Error('this is somebody else');
const refused = await verifier.verify(token.slice(0, -4) + 'AAAA').catch((error) => error);
if (refused.code !== 'signature') throw new Error('a forged token was taken', { cause: refused });
await verifier.close();
console.log('verified on', process.version);
`);
