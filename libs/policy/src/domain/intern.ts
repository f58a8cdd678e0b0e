/** Codes, actions and roles are few and stand in many slices. */
const MAX_TEXTS = 100_000;
const texts = new Map<string, string>();

/** The same text, as one string for all who have it: what is read from a store is a string of its own each time. */
export function intern(text: string): string {
  const known = texts.get(text);
  if (known !== undefined) return known;
  if (texts.size >= MAX_TEXTS) texts.clear();
  texts.set(text, text);
  return text;
}
