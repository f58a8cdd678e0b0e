import type { Behaviour } from '../stand-in/behaviour.js';
import { html, type Markup } from '../stand-in/html.js';
import type { Answer } from '../stand-in/http.js';
import type { Inbox, Kept } from '../stand-in/inbox.js';
import { entry, page } from '../stand-in/page.js';
import type { CaughtMail } from './read-mail.js';

/** Where a person reads mails. */
export function mailPage(inbox: Inbox<CaughtMail>, behaviour: Behaviour<number>, query: URLSearchParams): Answer {
  const to = query.get('to') ?? '';
  const mails = inbox.list(to);
  const shown = mails.find(({ id }) => String(id) === query.get('id')) ?? mails[0];
  const list = mails.map((mail) =>
    entry(
      { id: mail.id, to, current: mail === shown },
      html`<strong>${mail.subject}</strong><br /><small>${mail.to}<br />${mail.receivedAt.toISOString()}</small>`,
    ),
  );
  return page({ title: 'Caught mails', behaviour, to, list, message: shown ? reading(shown) : html`` });
}

/** An empty `sandbox` forbids the mail everything: scripts, forms, windows, the page around it. */
function reading(mail: Kept<CaughtMail>): Markup {
  const frame = mail.html ? html`<iframe sandbox="" title="HTML of the mail" srcdoc="${mail.html}"></iframe>` : html``;
  return html`<h2>${mail.subject}</h2>
    <dl>
      <dt>From</dt>
      <dd>${mail.from}</dd>
      <dt>To</dt>
      <dd>${mail.to}</dd>
      <dt>Received</dt>
      <dd>${mail.receivedAt.toISOString()}</dd>
      <dt>Message-ID</dt>
      <dd>${mail.messageId}</dd>
    </dl>
    <div class="bodies">
      ${frame}
      <pre>${mail.text}</pre>
    </div>
    <details>
      <summary>Source</summary>
      <pre>${mail.raw}</pre>
    </details>`;
}
