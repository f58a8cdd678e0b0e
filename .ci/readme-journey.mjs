// Prints the shell commands of the README's journey and of the operator's command, so that CI runs what people read.
import { readFileSync } from 'node:fs';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const part = readme.slice(readme.indexOf('## The journey'), readme.indexOf('## Everything else'));
for (const [, commands] of part.matchAll(/```sh\n(.*?)```/gs)) process.stdout.write(`${commands}\n`);
