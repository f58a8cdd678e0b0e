import { createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { seed } from './seed.js';
import { openStandIns, type StandIns } from './stand-ins.js';

const CREDENTIALS = {
  postgresPassword: 'p',
  adminPassword: 'a',
  serviceAccount: { name: 's', secret: 's' },
  exampleAccount: { name: 'example-sister', secret: 'x' },
};

const opened: StandIns[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ running }) => running.stop()));
});
const open = async () => {
  const standIns = await openStandIns();
  opened.push(standIns);
  return standIns;
};

/** The commands that a seed runs, with what each reads from standard input. */
async function commandsOf(standIns: StandIns | undefined): Promise<[string, string | undefined][]> {
  const commands: [string, string | undefined][] = [];
  const record = (args: string[], stdin?: string) => Promise.resolve(commands.push([args.join(' '), stdin]));
  await seed(record, { NODE_ENV: 'development' }, CREDENTIALS, { standIns, withSister: false });
  return commands.filter(([command]) => command.startsWith('configuration'));
}

it('runs twice on one machine, since the second steps aside, and frees its ports at the stop', async () => {
  const taken = createServer();
  await new Promise((resolve) => {
    taken.once('listening', resolve).once('error', resolve); // `npm start` has it, if not this test
    taken.listen(8025);
  });
  const [one, two] = [await open(), await open()];
  const urls = [one, two].flatMap(({ mail, sms }) => [mail.url, mail.smtpUrl, sms.url, sms.sendUrl]);
  expect(new Set(urls).size).toBe(8);
  expect(urls).not.toContain('http://127.0.0.1:8025');
  expect((await fetch(two.sms.url)).status).toBe(200);
  await two.running.stop();
  await two.running.exited;
  await expect(fetch(two.sms.url)).rejects.toThrow('fetch failed');
  taken.close();
});

it('has the service send to where they listen, and tells the secret to nobody but the command', async () => {
  const standIns = await open();
  const { mail, sms, partner } = standIns;
  const [[smtp, none], [vnpay, secret]] = (await commandsOf(standIns)) as [[string, undefined], [string, string]];
  expect(smtp).toContain(
    `identity.mail.smtp --group identity.mail --json {"host":"127.0.0.1","port":${mail.smtpPort},`,
  );
  expect(none).toBeUndefined();
  expect(vnpay).toContain('identity.sms.vnpay --group identity.sms --json {"kind":"vnpay","enabled":true,');
  expect(vnpay).toContain(`"url":"${sms.sendUrl}"`);
  expect(vnpay).not.toContain(partner.secretKey);
  expect(secret).toBe(partner.secretKey);
});

it('leaves the configuration alone without them', async () => {
  expect(await commandsOf(undefined)).toEqual([]);
});

it('an account for the sister is made where she runs, with what she asks and no more', async () => {
  const commands: string[] = [];
  const record = (args: string[]) => Promise.resolve(commands.push(args.join(' ')));
  await seed(record, { NODE_ENV: 'development' }, CREDENTIALS, { standIns: undefined, withSister: true });
  expect(commands.filter((command) => command.includes('example-sister'))).toEqual([
    'service-accounts create --name example-sister --scope policies:check revocations:read --secret-stdin --replace --json',
  ]);
});
