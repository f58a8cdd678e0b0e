/** Digits of a code: with five guesses, one in 200,000 gets through. */
export const CODE_LENGTH = 6;

/** Longer than any way of typing six digits; what lies beyond is no code and need not be looked at. */
const MAX_TYPED = 64;
/** What people and phones put between digits, and what copying leaves behind: spaces, dashes, invisible marks. */
const SEPARATORS = /[\s\p{Zs}\p{Pd}\p{Cf}]/gu;
const DECIMAL_DIGIT = /\p{Nd}/u;

/** @param randomInt uniform whole numbers from 0 to below its argument, unpredictable */
export function makeCode(randomInt: (below: number) => number): string {
  return String(randomInt(10 ** CODE_LENGTH)).padStart(CODE_LENGTH, '0');
}

/** A code as it was made, from how it was typed: `123 456`, `１２３-４５６`, `١٢٣٤٥٦`. Other text stays wrong. */
export function normaliseCode(typed: string): string {
  const text = typed.slice(0, MAX_TYPED).normalize('NFKC').replace(SEPARATORS, '');
  return text.replace(/\p{Nd}/gu, asciiDigit);
}

/** Unicode lists the decimal digits of a script from zero to nine without a gap, so the distance to zero is the value. */
function asciiDigit(digit: string): string {
  const point = digit.codePointAt(0) ?? 0;
  let distance = 0;
  while (point > distance && DECIMAL_DIGIT.test(String.fromCodePoint(point - distance - 1))) distance += 1;
  return String(distance % 10);
}
