/** How fast mails may leave, for all workers together: what a provider allows is for the account, not the process. */
export abstract class SendingPace {
  /** @param perSecond undefined for no limit; the same value again costs nothing */
  abstract limitMails(perSecond: number | undefined): Promise<void>;
}
