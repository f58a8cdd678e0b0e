import { expect, it } from 'vitest';
import { html } from './html.js';

it('escapes every value, and no markup twice', () => {
  const bold = html`<b title="${'"\'<'}">${'<i>&'}</b>`;
  expect(html`<p>${bold}${[bold, bold]}${7}</p>`.text).toBe(`<p>${bold.text.repeat(3)}7</p>`);
  expect(bold.text).toBe('<b title="&quot;&#39;&lt;">&lt;i&gt;&amp;</b>');
});
