/** What stands in one fence of a page. */
export interface Block {
  /** The heading above it and its place below that, such as `Restart, scale 2`; in an alert's page with the alert's name. */
  name: string;
  /** The lines as they are printed, less the indentation of a list. */
  text: string;
}

const FENCE = /^( *)```(\w*)\n([\s\S]*?)^ *```$|^(#{2,4}) (.+)$/gm;
/** Below these stand the same headings again and again. */
const PAGES = 3;

/** The blocks of one language, in their order. */
export function blocksOf(page: string, language: string): Block[] {
  const headings: string[] = [];
  const counts = new Map<string, number>();
  const blocks: Block[] = [];
  for (const [, indent = '', found, body = '', level, title] of page.matchAll(FENCE)) {
    if (level !== undefined && title !== undefined) {
      headings.length = level.length;
      headings[level.length] = title;
    } else if (found === language) {
      const heading = headings.slice(PAGES).filter(Boolean).join(': ') || headings.at(-1) || '';
      const place = (counts.get(heading) ?? 0) + 1;
      counts.set(heading, place);
      blocks.push({ name: `${heading} ${place}`, text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), '') });
    }
  }
  return blocks;
}
