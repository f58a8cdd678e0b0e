import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { answerParent } from './answer-parent.ts';

type Order =
  | { do: 'listen'; port: number }
  /** Whether SMS get no answer; those that were left without one get it once this is over. */
  | { do: 'stall'; stalled: boolean };

let stalled = false;
let unanswered: ServerResponse[] = [];

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    if (stalled) unanswered.push(response);
    else accept(response);
  });
});

/** An SMS gateway that accepts everything. */
answerParent(async (order: Order) => {
  if (order.do === 'listen') {
    await once(server.listen(order.port, '127.0.0.1'), 'listening');
    return;
  }
  ({ stalled } = order);
  if (stalled) return;
  for (const response of unanswered) accept(response);
  unanswered = [];
});

function accept(response: ServerResponse): void {
  response.setHeader('Content-Type', 'application/json').end('{"code":"00"}');
}
