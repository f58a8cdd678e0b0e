/** Whether a secret stands in a text. Six digits are in many numbers: a code counts where it stands alone. */
export function holds(text: string, secret: string): boolean {
  return /^\d{6}$/.test(secret) ? new RegExp(`(?<![\\w.-])${secret}(?![\\w.-])`).test(text) : text.includes(secret);
}
