import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SmtpSettings } from '../../application/mail/smtp-settings.js';
import { SmtpTransport } from './smtp-transport.js';

const FROM = 'NX Seller <no-reply@seller.example>';
const END = '\r\n.\r\n';

const reads: string[] = [];
let isMail = false;
const server = createServer((socket) => {
  socket.write('220 ready\r\n');
  socket.setEncoding('utf8').on('data', (read: string) => answer(socket, read));
});

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => server.close(resolve)));

function answer(socket: Socket, read: string): void {
  if (isMail) {
    reads.push(read);
    isMail = !reads.join('').endsWith(END);
    if (!isMail) socket.write('250 taken\r\n');
  } else {
    isMail = read.startsWith('DATA');
    socket.write(isMail ? '354 go on\r\n' : '250 ok\r\n');
  }
}

it('sends a mail as a whole, and then its end', async () => {
  const { port } = server.address() as AddressInfo;
  const settings: SmtpSettings = { host: '127.0.0.1', port, tls: 'none', from: FROM, maxConnections: 1 };
  const transport = new SmtpTransport(settings);
  await transport.send({
    id: 'code-1',
    to: 'ana@example.com',
    subject: 'Mã',
    text: 'Xin chào\n.\n',
    html: '<p>Xin chào</p>',
  });
  transport.close();
  expect(reads.length).toBeLessThanOrEqual(2);
  const mail = reads.join('');
  expect(mail).toContain(`From: ${FROM}\r\n`);
  expect(mail).toContain('Xin ch=C3=A0o\r\n..\r\n');
});
