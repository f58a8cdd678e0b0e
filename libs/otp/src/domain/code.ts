import { randomInt } from 'node:crypto';

/** Digits of a code. */
export const CODE_LENGTH = 6;
const CODES = 10 ** CODE_LENGTH;

/** A code, every one as likely as any other. @param random a whole number below its argument, from a CSPRNG */
export function newCode(random: (below: number) => number = randomInt): string {
  return random(CODES).toString().padStart(CODE_LENGTH, '0');
}

/** A code as a person typed it: with spaces or hyphens, or in the digits of another script. */
export function readTypedCode(text: string): string {
  return text
    .normalize('NFKC')
    .replaceAll(/[\s\p{Pd}]+/gu, '')
    .replaceAll(/\p{Nd}/gu, (digit) => String(digitValue(digit)));
}

/** Unicode keeps the ten digits of each script in a row that begins at a multiple of the digit zero. */
function digitValue(digit: string): number {
  const point = digit.codePointAt(0) ?? 0;
  let zero = point;
  while (point - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return point - zero;
}
