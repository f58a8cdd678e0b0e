import { expect, it } from 'vitest';
import { isSmsText, stripDiacritics } from './sms-text.js';

it.each([
  ['Mã xác thực của bạn là 123456, đừng đưa ai', 'Ma xac thuc cua ban la 123456, dung dua ai'],
  ['ĐƯỜNG ẦẨẪẤẬ'.normalize('NFC'), 'DUONG AAAAA'],
  ['ĐƯỜNG'.normalize('NFD'), 'DUONG'],
  ['plain', 'plain'],
])('strips %s', (text, stripped) => {
  expect(stripDiacritics(text)).toBe(stripped);
});

it.each([
  ['a'.repeat(160), true],
  ['a'.repeat(161), false],
  ['Your code: 123456 ~ NX', true],
  ['Your code: 123456\nNX', false],
  ['', false],
  ['mã', false],
  ['tab\there', false],
  ['nul\0', false],
])('%j may go out as an SMS: %s', (text, may) => {
  expect(isSmsText(text)).toBe(may);
});
