/** Tells a listener, which cannot make the teller fail: neither by throwing nor by a promise that rejects. */
export function tell<Event>(listener: ((event: Event) => unknown) | undefined, event: Event): void {
  if (!listener) return;
  try {
    const answer = listener(event);
    if (answer instanceof Promise) answer.catch(() => undefined);
  } catch {
    // A counter that fails must not turn a good token away.
  }
}
