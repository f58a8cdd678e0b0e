import { createHash } from 'node:crypto';
import type { Behaviour } from './behaviour.js';
import type { Answer } from './http.js';
import { html, Markup } from './html.js';

const STYLE = `
  :root { color-scheme: light dark; --line: #8884; --soft: #8882; --mark: #2563eb; }
  * { box-sizing: border-box; }
  body { margin: 0; height: 100vh; display: flex; flex-direction: column; font: 15px/1.45 system-ui, sans-serif; }
  header { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; padding: .6rem 1rem; border-bottom: 1px solid var(--line); }
  h1 { font-size: 1.1rem; margin: 0 auto 0 0; }
  h2 { font-size: 1.15rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
  .behaviour { padding: .1rem .6rem; border-radius: 1rem; background: var(--soft); }
  .behaviour.trouble { background: #b91c1c; color: #fff; }
  input, button { font: inherit; padding: .25rem .6rem; border: 1px solid var(--line); border-radius: .35rem; }
  main { flex: 1; min-height: 0; display: flex; }
  nav { width: 22rem; flex: none; overflow: auto; border-right: 1px solid var(--line); }
  nav a { display: block; padding: .6rem 1rem; border-bottom: 1px solid var(--line); color: inherit; text-decoration: none; overflow-wrap: anywhere; }
  nav a[aria-current] { background: var(--soft); box-shadow: inset 3px 0 var(--mark); }
  small, dt { opacity: .75; }
  section { flex: 1; min-width: 0; overflow: auto; padding: 1rem; display: flex; flex-direction: column; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0 0 1rem; }
  dd { margin: 0; overflow-wrap: anywhere; }
  pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: 14px/1.5 ui-monospace, monospace; }
  .bodies { flex: 1; display: flex; gap: 1rem; min-height: 20rem; }
  .bodies > * { flex: 1; min-width: 0; overflow: auto; padding: .75rem; border: 1px solid var(--line); border-radius: .35rem; }
  iframe { padding: 0 !important; background: #fff; }
  details { margin-top: 1rem; }
  @media (max-width: 50rem) { main, .bodies { flex-direction: column; } nav { width: auto; max-height: 40%; } }
`;

/** Every two seconds it puts in what has changed and leaves the rest alone: what is being read or selected stays. */
const SCRIPT = `
  const refresh = async () => {
    const answer = await fetch(location.href);
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const next of fresh.querySelectorAll('[data-version]')) {
      const now = document.getElementById(next.id);
      if (now.dataset.version !== next.dataset.version) now.replaceWith(document.adoptNode(next));
    }
  };
  setInterval(() => refresh().catch(() => undefined), 2000);
  document.getElementById('clear').addEventListener('click', async () => {
    await fetch('/api/messages', { method: 'DELETE' });
    location.assign('/');
  });
`;

const sha256 = (text: string) => createHash('sha256').update(text).digest('base64');

/** A mail may hold anything: it gets no script, and nothing from elsewhere. Its styles are inline. */
const POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  `script-src 'sha256-${sha256(SCRIPT)}'`,
  "connect-src 'self'",
  'img-src data:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

export interface Page {
  title: string;
  behaviour: Behaviour<string | number>;
  /** What the search field holds. */
  to: string;
  list: Markup[];
  message: Markup;
}

/** The page of a stand-in: a list, and one message beside it. It needs nothing from elsewhere. */
export function page({ title, behaviour, to, list, message }: Page): Answer {
  const document = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        ${new Markup(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          ${behaviourOf(behaviour)}
          <form><input type="search" name="to" value="${to}" placeholder="Recipient" aria-label="Recipient" /></form>
          <button id="clear" type="button">Delete all</button>
        </header>
        <main>
          ${part('nav', 'list', list.length > 0 ? html`${list}` : html`<p style="padding: 0 1rem">Nothing yet.</p>`)}
          ${part('section', 'message', message)}
        </main>
        ${new Markup(`<script>${SCRIPT}</script>`)}
      </body>
    </html>`;
  const headers = { 'content-security-policy': POLICY, 'referrer-policy': 'no-referrer' };
  return { status: 200, type: 'text/html; charset=utf-8', headers, body: document.text };
}

/** One line of the list. */
export function entry(link: { id: number; to: string; current: boolean }, content: Markup): Markup {
  const address = new URLSearchParams({ ...(link.to && { to: link.to }), id: String(link.id) });
  const current = new Markup(link.current ? ' aria-current="true"' : '');
  return html`<a href="?${address.toString()}" ${current}>${content}</a>`;
}

function behaviourOf({ mode, code, delayMs }: Behaviour<string | number>): Markup {
  const details = [
    ...(mode === 'reject' && code !== undefined ? [String(code)] : []),
    ...(delayMs ? [`after ${delayMs} ms`] : []),
  ];
  const trouble = mode === 'accept' && !delayMs ? '' : ' trouble';
  return part(
    'div',
    'behaviour',
    html`<span class="behaviour${trouble}">Behaviour: ${[mode, ...details].join(' ')}</span>`,
  );
}

/** A part that the script replaces when its content is another one. */
function part(tag: 'div' | 'nav' | 'section', id: string, content: Markup): Markup {
  const name = new Markup(tag);
  return html`<${name} id="${id}" data-version="${sha256(content.text)}">${content}</${name}>`;
}
