const ENTITY_TAG = /"[^"]*"/g;

/**
 * Whether an If-None-Match header covers an entity tag: `*`, the tag, or a list with it (RFC 9110 §13.1.2). The
 * comparison is weak, since proxies that compress add `W/`: what stands before the quotes does not count.
 * @param etag with its quotes
 */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header === etag || header.trim() === '*') return true;
  for (const [tag] of header.matchAll(ENTITY_TAG)) if (tag === etag) return true;
  return false;
}
