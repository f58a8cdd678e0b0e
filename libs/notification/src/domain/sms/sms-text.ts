/** What one SMS holds. */
export const SMS_LENGTH = 160;

/** Printable ASCII, in one line: one other character makes an SMS of 160 characters one of 70 and two to be paid for. */
export function isSmsAlphabet(text: string): boolean {
  return /^[\x20-\x7E]+$/.test(text);
}

/** Whether a text may go out as an SMS as it is. */
export function isSmsText(text: string): boolean {
  return isSmsAlphabet(text) && text.length <= SMS_LENGTH;
}

/** What is left of a Vietnamese text without its marks: `Mã xác thực đây` → `Ma xac thuc day`. */
export function stripDiacritics(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').replaceAll('đ', 'd').replaceAll('Đ', 'D');
}
