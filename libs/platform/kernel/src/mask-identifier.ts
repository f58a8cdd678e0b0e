/**
 * An identifier as logs and audit events may show it: enough to recognise one's own, too little to harvest.
 * `ana@example.com` → `a***@example.com`, `+84901234567` → `+84*****4567`, `seller` → `s***`.
 */
export function maskIdentifier(value: string): string {
  const at = value.lastIndexOf('@');
  if (at > 0) return `${firstCharacter(value)}***${value.slice(at)}`;
  if (value.startsWith('+') && value.length > 7) {
    return `${value.slice(0, 3)}${'*'.repeat(value.length - 7)}${value.slice(-4)}`;
  }
  return `${firstCharacter(value)}***`;
}

/** The fields of a line in the log that say whom it is about, by the names that operators look for. */
export function loggedIdentifier({ scheme, value }: { scheme: string; value: string }) {
  return { 'identifier.scheme': scheme, 'identifier.value': maskIdentifier(value) };
}

function firstCharacter(value: string): string {
  return [...value][0] ?? '';
}
