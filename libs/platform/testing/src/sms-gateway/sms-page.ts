import type { Behaviour } from '../stand-in/behaviour.js';
import { html } from '../stand-in/html.js';
import type { Answer } from '../stand-in/http.js';
import type { Inbox, Received } from '../stand-in/inbox.js';
import { entry, page } from '../stand-in/page.js';

/** Where a person reads the messages of all phones. */
export function smsPage(inbox: Inbox<Received>, behaviour: Behaviour<string>, query: URLSearchParams): Answer {
  const to = query.get('to') ?? '';
  const messages = inbox.list(to);
  const shown = messages.find(({ id }) => String(id) === query.get('id')) ?? messages[0];
  const list = messages.map((sms) =>
    entry(
      { id: sms.id, to, current: sms === shown },
      html`<strong>${sms.to}</strong><br />${sms.text}<br /><small>${sms.receivedAt.toISOString()}</small>`,
    ),
  );
  const message = shown
    ? html`<h2>${shown.text}</h2>
        <dl>
          <dt>To</dt>
          <dd>${shown.to}</dd>
          <dt>Received</dt>
          <dd>${shown.receivedAt.toISOString()}</dd>
          <dt>Characters</dt>
          <dd>${shown.text.length}</dd>
        </dl>
        <details>
          <summary>Request</summary>
          <pre>${shown.raw}</pre>
        </details>`
    : html``;
  return page({ title: 'SMS, as VNPAY got them', behaviour, to, list, message });
}
