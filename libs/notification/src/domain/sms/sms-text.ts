/** Printable ASCII and line breaks: anything else would go out as Unicode, 70 characters at a time. */
const SMS_TEXT = /^[\n\r\x20-\x7E]{1,160}$/;

/** Whether a text may go out as an SMS as it is. */
export function isSmsText(text: string): boolean {
  return SMS_TEXT.test(text);
}

/** What is left of a Vietnamese text without its marks: `Mã xác thực đây` → `Ma xac thuc day`. */
export function stripDiacritics(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').replaceAll('đ', 'd').replaceAll('Đ', 'D');
}
