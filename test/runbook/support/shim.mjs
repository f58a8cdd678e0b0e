// Stands on the PATH as `kubectl` and `helm`: hands its arguments to the test and prints what that answers.
import { once } from 'node:events';
import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';

const [program, socketPath, ...args] = process.argv.slice(2);
const readsInput = args.includes('-i') || args.includes('-') || args.includes('/dev/stdin');
const input = readsInput ? (await buffer(process.stdin)).toString() : '';
// A reader that has enough (`head`) ends the pipe.
process.stdout.on('error', () => process.exit(0));
const call = request({ socketPath, method: 'POST', path: '/' });
call.end(JSON.stringify({ program, args, input, cwd: process.cwd() }));
const [answer] = await once(call, 'response');
const { code, out, err } = JSON.parse((await buffer(answer)).toString());
process.stderr.write(err);
process.exitCode = code;
process.stdout.write(out);
