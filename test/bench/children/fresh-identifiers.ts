const run = Date.now().toString(36);
let next = 0;

/** A mail address that no request and no earlier run has had. */
export function freshAddress(): string {
  next += 1;
  return `bench-${run}-${next}@mail.example`;
}
