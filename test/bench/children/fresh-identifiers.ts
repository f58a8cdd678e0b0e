const run = Date.now().toString(36);
const FIRST_NUMBER = 1_000_000;
let next = 0;

/** A mail address that no request and no earlier run has had. */
export function freshAddress(): string {
  next += 1;
  return `bench-${run}-${next}@mail.example`;
}

/** A Vietnamese mobile number that no request of this process has had. */
export function freshPhone(): string {
  next += 1;
  return `+8490${FIRST_NUMBER + next}`;
}
