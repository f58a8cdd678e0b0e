/** What an SMTP client says of a failure; nothing of it is the server's own text, which may quote the address. */
export interface SmtpFailure {
  /** The server's reply, RFC 5321 section 4.2; absent when it was not reached or not understood. */
  responseCode?: number;
  /** The command that was refused. */
  command?: string;
  /** The client's own code, such as `ETIMEDOUT`. */
  code?: string;
}

/** Commands whose refusal is about this mail: its recipient or its text. All others are about us. */
const ABOUT_THIS_MAIL = new Set(['RCPT TO', 'DATA']);

/**
 * Whether trying again can help. A 5yz reply to the recipient or the text is for good (RFC 5321, section 4.2.1); one to
 * the sender, the login or the connection says that the configuration or the relay is at fault, and both get repaired.
 */
export function judgeSmtpFailure(failure: SmtpFailure): { kind: 'permanent' | 'transient'; reason: string } {
  const { responseCode, command, code } = failure;
  if (responseCode === undefined) return { kind: 'transient', reason: `smtp ${code ?? 'failure'}` };
  const reason = `smtp ${responseCode}${command ? ` to ${command}` : ''}`;
  const isPermanent = responseCode >= 500 && command !== undefined && ABOUT_THIS_MAIL.has(command);
  return { kind: isPermanent ? 'permanent' : 'transient', reason };
}
