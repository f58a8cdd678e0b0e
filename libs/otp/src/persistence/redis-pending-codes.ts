import type { Cluster, Redis } from 'ioredis';
import type { LimitsInForce, OtpLimits } from '@platform/config';
import type { Answer, CodeMacs } from '../domain/code-macs.js';
import type { Refusal } from '../domain/refusals.js';
import type { SmsTicket } from '../domain/sms-guard.js';
import { type NewCode, PendingCodes, type Slot, type Verdict } from '../application/pending-codes.js';
import { answerOf } from './answer-of.js';
import { FIND_REFUSAL, ISSUE, VERIFY, WITHDRAW } from './code-scripts.js';
import { type SlotKeys, slotKeys } from './slot-keys.js';

type Refused = [Refusal['reason'], number] | null;
type Judged = ['verified', string] | ['invalid'] | ['locked', number];
type Arguments = (string | number)[];

/** The scripts as ioredis adds them to its client: sent once, then called by their digest. */
interface CodeCommands {
  otpFindRefusal(...all: [...SlotKeys, ...Arguments]): Promise<Refused>;
  otpIssue(...all: [...SlotKeys, ...Arguments]): Promise<Refused>;
  otpWithdraw(...all: [...SlotKeys, ...Arguments]): Promise<null>;
  otpVerify(...all: [...SlotKeys, ...Arguments]): Promise<Judged>;
}

/** Codes in Redis, as MACs: for all processes together, and gone by themselves. */
export class RedisPendingCodes implements PendingCodes {
  private readonly commands: CodeCommands;

  /** @param client connected by the caller, with a command timeout; a Cluster serves too */
  constructor(
    private readonly client: Redis | Cluster,
    private readonly limits: LimitsInForce,
    private readonly macs: CodeMacs,
  ) {
    client.defineCommand('otpFindRefusal', { numberOfKeys: 5, lua: FIND_REFUSAL });
    client.defineCommand('otpIssue', { numberOfKeys: 5, lua: ISSUE });
    client.defineCommand('otpWithdraw', { numberOfKeys: 5, lua: WITHDRAW });
    client.defineCommand('otpVerify', { numberOfKeys: 5, lua: VERIFY });
    // defineCommand adds methods that the client's type cannot know of.
    this.commands = client as unknown as CodeCommands;
  }

  async findRefusal(slot: Slot): Promise<Refusal | undefined> {
    return toRefusal(await answerOf(this.commands.otpFindRefusal(...this.keys(slot), ...this.rules(slot))));
  }

  async issue(slot: Slot, code: NewCode): Promise<Refusal | undefined> {
    const macs = this.macs.make(slot, code);
    const [issued, expires] = [code.issuedAt.getTime(), code.expiresAt.getTime()];
    const fields = { code: macs.code, pepper: macs.pepperId, issued, expires, sms: ticketText(code.sms) };
    const cooldownMs = code.resendAvailableAt.getTime() - issued;
    const rules = [...this.rules(slot), cooldownMs, expires - issued, macs.challenge];
    return toRefusal(
      await answerOf(this.commands.otpIssue(...this.keys(slot), ...rules, ...Object.entries(fields).flat())),
    );
  }

  async withdraw(slot: Slot, code: NewCode): Promise<void> {
    const { challenge } = this.macs.make(slot, code);
    await answerOf(this.commands.otpWithdraw(...this.keys(slot), challenge));
  }

  async verify(slot: Slot, answer: Answer): Promise<Verdict> {
    const { lockSeconds, maxAttempts } = this.limitsOf(slot);
    const macs = this.macs
      .candidates(slot, answer)
      .flatMap(({ pepperId, challenge, code }) => [pepperId, challenge, code]);
    const judged = this.commands.otpVerify(...this.keys(slot), lockSeconds * 1000, maxAttempts, ...macs);
    return toVerdict(await answerOf(judged));
  }

  private keys(slot: Slot): SlotKeys {
    return slotKeys(slot, this.client.isCluster);
  }

  private limitsOf({ namespace }: Slot): OtpLimits {
    return this.limits.current.otp[namespace];
  }

  private rules(slot: Slot): [lockMs: number, quota: number] {
    const { lockSeconds, dailyQuota } = this.limitsOf(slot);
    return [lockSeconds * 1000, dailyQuota];
  }
}

function toRefusal(refused: Refused): Refusal | undefined {
  return refused ? { reason: refused[0], retryAfterMs: refused[1] } : undefined;
}

function toVerdict(judged: Judged): Verdict {
  if (judged[0] === 'verified') return { outcome: 'verified', sms: toTicket(judged[1]) };
  return judged[0] === 'locked' ? { outcome: 'locked', retryAfterMs: judged[1] } : { outcome: 'invalid' };
}

/** Where the SMS of a code was counted travels with it, so that its success is counted there too. */
function ticketText(ticket: SmsTicket | undefined): string {
  return ticket ? JSON.stringify(ticket) : '';
}

function toTicket(text: string): SmsTicket | undefined {
  return text === '' ? undefined : (JSON.parse(text) as SmsTicket);
}
