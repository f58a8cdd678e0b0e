const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text that is HTML already. */
export class Markup {
  constructor(readonly text: string) {}
}

/** HTML from a template: every value is escaped, in elements and in quoted attributes, unless it is Markup itself. */
export function html(parts: TemplateStringsArray, ...values: (string | number | Markup | Markup[])[]): Markup {
  return new Markup(parts.reduce((text, part, at) => `${text}${rendered(values[at - 1] ?? '')}${part}`));
}

function rendered(value: string | number | Markup | Markup[]): string {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(({ text }) => text).join('');
  return String(value).replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign);
}
