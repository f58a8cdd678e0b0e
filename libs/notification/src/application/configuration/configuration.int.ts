import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startConfiguration } from '../../testing/configuration.js';
import { sealedBefore } from '../../testing/sealed-before.js';

const [OLD, NEW] = [randomBytes(32), randomBytes(32)];
const text = (value: string) => ({ type: 'TEXT', value }) as const;
const MAIL_SERVER = { host: 'smtp.example.com', port: 587, user: 'nx', from: 'NX Seller <no-reply@example.com>' };
const mailServer = (more: object) => ({
  code: 'identity.mail.smtp',
  value: { type: 'JSON', value: { ...MAIL_SERVER, ...more } } as const,
});
/** As another service may have made it: text ids, numeric numbers, json, a code that is not unique. */
const FOREIGN = `CREATE TABLE public."Configuration" (id text PRIMARY KEY, code text NOT NULL, "group" text NOT NULL,
  data_type varchar(20), n_value numeric(12,2), t_value text, j_value json, created_at timestamptz DEFAULT now());
  INSERT INTO public."Configuration" (id, code, "group", data_type, n_value)
  VALUES ('one', 'orders.same', 'orders', 'NUMBER', 1.5), ('two', 'orders.same', 'orders', 'NUMBER', 2)`;

describe.each([
  ['our own table', ''],
  ['a table of another service', FOREIGN],
])('in %s, configuration', (_which, prepare) => {
  let stage: Awaited<ReturnType<typeof startConfiguration>>;

  beforeAll(async () => {
    stage = await startConfiguration(prepare);
  });
  afterAll(() => stage.stop());
  beforeEach(async () => {
    await stage.pool.query(`DELETE FROM public."Configuration" WHERE code NOT LIKE 'orders.same'`);
  });
  const query = async (sql: string, values: unknown[] = []) =>
    (await stage.pool.query<Record<string, unknown>>(sql, values)).rows;

  it('is read as it was set, whatever its type', async () => {
    const { set, configurations } = stage.under({ current: NEW });
    const values = [
      { type: 'NUMBER', value: 2.5 },
      { type: 'BOOLEAN', value: false },
      { type: 'JSON', value: { a: ['b', null] } },
      { type: 'JSON', value: null },
      text("it's"),
    ] as const;
    for (const [index, value] of values.entries()) {
      await set.execute({ code: `identity.test.v${index}`, value });
      expect(await configurations.find(`identity.test.v${index}`)).toEqual({
        code: `identity.test.v${index}`,
        group: 'identity.test',
        value: value.value,
      });
    }
    expect((await configurations.listGroup('identity.test')).map(({ value }) => value)).toEqual(
      values.map(({ value }) => value),
    );
    expect(await configurations.find('identity.nothing')).toBeUndefined();
  });

  it('changes its type and keeps one value', async () => {
    const { set } = stage.under({ current: NEW });
    const code = 'identity.test';
    await set.execute({ code, value: { type: 'JSON', value: [1] } });
    await query('UPDATE public."Configuration" SET b_value = $2 WHERE code = $1', [code, Buffer.from('x')]);
    expect(await set.execute({ code, value: { type: 'NUMBER', value: 1 } })).toMatchObject({ result: 'changed' });
    const [row] = await query(
      'SELECT data_type, n_value::float8, t_value, b_value, j_value, bo_value FROM public."Configuration" WHERE code = $1',
      [code],
    );
    expect(row).toEqual({
      data_type: 'NUMBER',
      n_value: 1,
      t_value: null,
      b_value: null,
      j_value: null,
      bo_value: null,
    });
  });

  it('makes one row, and one event for each change, however many set it at once', async () => {
    const { set } = stage.under({ current: NEW });
    await Promise.all(Array.from({ length: 8 }, () => query('SELECT pg_sleep(0.05)'))); // all connections stand
    const before = await events();
    for (let round = 0; round < 10; round += 1) {
      const order = { code: `identity.raced.${round}`, value: text('same') };
      const done = await Promise.all(Array.from({ length: 8 }, () => set.execute(order)));
      expect(done.map(({ result }) => result).sort()).toEqual(['created', ...Array<string>(7).fill('unchanged')]);
    }
    expect(await query(`SELECT FROM public."Configuration" WHERE "group" = 'identity.raced'`)).toHaveLength(10);
    expect((await events()) - before).toBe(10);
  });
  const events = async () => (await query('SELECT FROM identity."AuditEvent"')).length;

  it('keeps a credential sealed, opens it for its row alone, and never tells it', async () => {
    const { set, configurations, list } = stage.under({ current: NEW });
    await set.execute({
      code: 'identity.mail.smtp',
      value: { type: 'JSON', value: MAIL_SERVER },
      credential: 'hunter2',
    });
    await set.execute({ code: 'identity.copy', value: text('x') });
    expect(await configurations.find('identity.mail.smtp')).toMatchObject({ credential: 'hunter2' });
    await query(`UPDATE public."Configuration" SET credential =
      (SELECT credential FROM public."Configuration" WHERE code = 'identity.mail.smtp') WHERE code = 'identity.copy'`);
    await expect(configurations.find('identity.copy')).rejects.toMatchObject({
      code: 'configuration.unusable',
      level: 'error',
      message: expect.stringContaining('identity.copy') as string,
    });
    const listed = await list.execute();
    expect(listed.filter(({ code }) => code.startsWith('identity.')).map((row) => [row.code, row.credential])).toEqual([
      ['identity.copy', 'unusable'],
      ['identity.mail.smtp', 'current'],
    ]);
    const everything = JSON.stringify([
      listed,
      await query('SELECT * FROM public."Configuration"'),
      await query('SELECT * FROM identity."AuditEvent"'),
    ]);
    expect(everything).not.toContain('hunter2');
  });

  it('that cannot be opened does not hide the rest of its group', async () => {
    const { set, configurations } = stage.under({ current: NEW });
    await set.execute({ code: 'identity.g.a', value: text('x'), credential: 'one' });
    await set.execute({ code: 'identity.g.b', value: text('x'), credential: 'two' });
    await query(`UPDATE public."Configuration" SET credential = 'in clear' WHERE code = 'identity.g.a'`);
    const [broken, whole] = await configurations.listGroup('identity.g');
    expect(broken).toMatchObject({ code: 'identity.g.a', fault: { code: 'configuration.unusable' } });
    expect(broken).not.toHaveProperty('credential');
    expect(whole).toMatchObject({ code: 'identity.g.b', credential: 'two' });
  });

  it('is seen changed within 30 seconds, and stays while PostgreSQL is away', async () => {
    const { set, configurations } = stage.under({ current: NEW });
    const code = 'identity.changing';
    await set.execute({ code, value: text('first') });
    const seen = async () => (await configurations.find(code))?.value;
    expect(await seen()).toBe('first');
    await set.execute({ code, value: text('second') });
    stage.state.now += 15_000;
    expect(await seen()).toBe('second');
    stage.state.away = true;
    stage.state.now += 60_000;
    expect(await seen()).toBe('second');
    await expect(configurations.find('identity.never-read')).rejects.toMatchObject({ code: 'database.unavailable' });
    stage.state.away = false;
    await set.execute({ code, value: text('third') });
    stage.state.now += 15_000;
    expect(await seen()).toBe('third');
  });

  it('is brought under today’s key once, by two at once, and is read all the while', async () => {
    const before = stage.under({ current: OLD });
    const codes = Array.from({ length: 12 }, (_item, index) => `identity.r${index}`);
    for (const code of codes) await before.set.execute({ code, value: text('x'), credential: code });
    await query('UPDATE public."Configuration" SET credential = $2 WHERE code = $1', [
      codes[0],
      sealedBefore(codes[0]!, 'older'),
    ]);
    const secrets = { current: NEW, previous: OLD, legacy: 'older' };
    const [one, other] = [stage.under(secrets), stage.under(secrets)];
    const done = await Promise.all([one.reencrypt.execute(), other.reencrypt.execute()]);
    expect(done[0].reencrypted + done[1].reencrypted).toBe(codes.length);
    expect(done.map(({ reencrypted, current }) => reencrypted + current)).toEqual([codes.length, codes.length]);
    const told: number[][] = [];
    const onProgress = (...numbers: number[]) => void told.push(numbers);
    expect(await one.reencrypt.execute({ onProgress })).toMatchObject({ reencrypted: 0, current: codes.length });
    expect(told.length).toBeGreaterThanOrEqual(codes.length);
    expect(told).toEqual(told.map((_numbers, at) => [at + 1, told.length]));
    const today = stage.under({ current: NEW });
    for (const code of codes) expect(await today.configurations.find(code)).toMatchObject({ credential: code });
  });

  it('is renewed and told of as far as it came, when it is interrupted', async () => {
    const secrets = { current: NEW, previous: OLD };
    const { set } = stage.under({ current: OLD });
    for (const code of ['identity.r1', 'identity.r2']) await set.execute({ code, value: text('x'), credential: code });
    const told = 'SELECT details FROM identity."AuditEvent" ORDER BY id DESC LIMIT 1';
    const onProgress = (done: number) => {
      if (done > 0) throw new Error('enough');
    };
    const rows = await query('SELECT credential FROM public."Configuration" ORDER BY code');
    expect(rows[0]?.['credential']).not.toBeNull();
    await expect(stage.under(secrets).reencrypt.execute({ onProgress })).rejects.toThrow('enough');
    expect(await query(told)).toEqual([{ details: { reencrypted: 1 } }]);
  });

  it('that somebody sets while it is renewed keeps what he set', async () => {
    const secrets = { current: NEW, previous: OLD };
    const { set, box, store, configurations } = stage.under(secrets);
    await stage.under({ current: OLD }).set.execute({ code: 'identity.x', value: text('x'), credential: 'old' });
    const [row] = await query(`SELECT credential FROM public."Configuration" WHERE code = 'identity.x'`);
    await set.execute({ code: 'identity.x', credential: 'new' });
    const late = box.seal('identity.x', 'old');
    expect(await store.replaceCredential('identity.x', String(row?.['credential']), late)).toBe(false);
    expect(await configurations.find('identity.x')).toMatchObject({ credential: 'new' });
  });

  it('leaves the older framing of other services alone until told', async () => {
    const { set, reencrypt } = stage.under({ current: NEW, legacy: 'older' });
    await set.execute({ code: 'stock.api', value: text('x') });
    await query('UPDATE public."Configuration" SET credential = $1 WHERE code = $2', [
      sealedBefore('theirs', 'older'),
      'stock.api',
    ]);
    expect(await reencrypt.execute()).toMatchObject({ reencrypted: 0, left: 1, unusable: [] });
    expect(await reencrypt.execute({ others: true })).toMatchObject({ reencrypted: 1, left: 0 });
  });

  it.each([
    ['nothing to set', { code: 'a.b' }],
    ['a code with blanks', { code: 'a b', value: text('x') }],
    ['no code', { code: '', value: text('x') }],
    ['an empty credential', { code: 'a.b', value: text('x'), credential: '' }],
    ['a mail server that is no object', { code: 'identity.mail.smtp', value: text('x') }],
    ['a mail server without a sender', mailServer({ from: undefined })],
    ['a mail server with a field that is unknown', mailServer({ secure: true })],
    ['a mail server that gets a password in clear', mailServer({ user: 'nx', tls: 'none' })],
    [
      'an SMS provider that is none',
      { code: 'identity.sms.x', value: { type: 'JSON', value: { kind: 'x' } } as const },
    ],
    ['an SMS provider as a text', { code: 'identity.sms.x', value: text('{}') }],
    ['an SMS provider with a bad name', { code: 'identity.sms.X Y', value: text('{}') }],
  ])('refuses %s', async (_what, order) => {
    const { set } = stage.under({ current: NEW });
    await expect(set.execute(order)).rejects.toMatchObject({ code: 'request.invalid' });
    await expect(query('SELECT FROM public."Configuration" WHERE code = $1', [order.code])).resolves.toEqual([]);
  });

  it('takes providers in clear outside this machine while one develops alone', async () => {
    const value = { kind: 'vnpay', url: 'http://sms.example/send', sender: 'NX', partnerCode: 'NX' };
    const order = (url: string) => ({
      code: 'identity.sms.x',
      value: { type: 'JSON', value: { ...value, url } } as const,
    });
    const production = stage.under({ current: NEW }, false).set;
    await expect(production.execute(order('http://sms.example/'))).rejects.toMatchObject({
      errors: [{ path: 'value', message: expect.stringMatching(/https/) }],
    });
    await expect(production.execute(order('http://localhost.example/'))).rejects.toMatchObject({
      errors: [{ path: 'value', message: expect.stringMatching(/https/) }],
    });
    await production.execute(order('http://127.0.0.1:9/'));
    await production.execute(order('https://sms.example/'));
    await stage.under({ current: NEW }).set.execute(order('http://sms.example/'));
  });

  it('wants a value for a row that is not there', async () => {
    const { set } = stage.under({ current: NEW });
    await expect(set.execute({ code: 'a.b', credential: 'x' })).rejects.toMatchObject({
      code: 'configuration.unknown',
    });
  });
});

it('that has two rows is not guessed at', async () => {
  const stage = await startConfiguration(FOREIGN);
  const { configurations } = stage.under({ current: NEW });
  await expect(configurations.find('orders.same')).rejects.toMatchObject({ code: 'configuration.unusable' });
  expect((await configurations.listGroup('orders')).map(({ value }) => value)).toEqual([1.5, 2]);
  await stage.stop();
});
