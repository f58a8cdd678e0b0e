/** What a provider's code means, as the configuration says. */
export const CODE_CLASSES = ['accepted', 'permanent', 'transient', 'authentication', 'quota', 'unknown'] as const;
export type CodeClass = (typeof CODE_CLASSES)[number];

/**
 * What a provider made of an SMS. `transient`: it certainly did not send it, another may; `permanent`: nobody will,
 * since the number or the text is at fault; `unknown`: it may have.
 */
export type ProviderOutcome =
  | { kind: 'accepted'; providerMessageId?: string }
  | { kind: 'transient' | 'permanent' | 'unknown'; reason: string; authenticationFailed?: boolean };

/** How an answer is to be read. Paths are names and indexes with dots: `result.0.code`. */
export interface AnswerRules {
  /** What says that the SMS was taken: a value at the path, or that one. */
  success: { path: string; equals?: string | number | boolean };
  codePath?: string;
  codeMap: Record<string, CodeClass>;
  messageIdPath?: string;
}

export interface HttpAnswer {
  status: number;
  body: string;
}

const SHOWABLE_CODE = /^[\w.-]{1,32}$/;
const MAX_MESSAGE_ID = 128;

/**
 * Reads an answer: a 200 is no success by itself, and what is not understood may have been sent. A 5xx says nothing:
 * it can be of a proxy whose gateway is still at work.
 */
export function judgeAnswer({ status, body }: HttpAnswer, rules: AnswerRules): ProviderOutcome {
  if (status >= 500) return { kind: 'unknown', reason: `http ${status}` };
  const json = parse(body);
  const code = rules.codePath === undefined ? undefined : scalarAt(json, rules.codePath);
  const itsClass = isSuccess(json, rules) ? 'accepted' : classOf(code, rules);
  const isOk = status >= 200 && status < 300;
  if (itsClass === 'accepted') {
    return isOk ? accepted(json, rules) : { kind: 'unknown', reason: `http ${status}, though it says success` };
  }
  if (itsClass !== undefined) return refused(itsClass, `code ${showable(code)}`);
  if (!isOk) return judgeStatus(status);
  return { kind: 'unknown', reason: json === undefined ? 'no JSON' : `code ${showable(code)}` };
}

function classOf(code: string | undefined, { codeMap }: AnswerRules): CodeClass | undefined {
  return code !== undefined && Object.hasOwn(codeMap, code) ? codeMap[code] : undefined;
}

/** Without a code of the provider's own. What RFC 9110 calls a client error was refused, and by this provider alone. */
function judgeStatus(status: number): ProviderOutcome {
  const reason = `http ${status}`;
  if (status === 401 || status === 403) return refused('authentication', reason);
  if (status === 408 || status < 400) return { kind: 'unknown', reason };
  return { kind: 'transient', reason };
}

function refused(itsClass: Exclude<CodeClass, 'accepted'>, reason: string): ProviderOutcome {
  if (itsClass === 'authentication')
    return { kind: 'transient', reason: `${itsClass}, ${reason}`, authenticationFailed: true };
  if (itsClass === 'quota') return { kind: 'transient', reason: `${itsClass}, ${reason}` };
  return { kind: itsClass, reason };
}

function isSuccess(json: unknown, { success: { path, equals } }: AnswerRules): boolean {
  const value = scalarAt(json, path);
  return value !== undefined && (equals === undefined ? value !== '' : value === String(equals));
}

function accepted(json: unknown, { messageIdPath }: AnswerRules): ProviderOutcome {
  const providerMessageId = messageIdPath === undefined ? undefined : scalarAt(json, messageIdPath);
  if (!providerMessageId) return { kind: 'accepted' };
  return { kind: 'accepted', providerMessageId: providerMessageId.slice(0, MAX_MESSAGE_ID) };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

/** The text of a number, text or truth value at a path; what objects inherit is at none. */
export function scalarAt(json: unknown, path: string): string | undefined {
  let value = json;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined;
}

/** The provider's text goes to logs: its code, and nothing that it might have quoted. */
function showable(code = ''): string {
  if (code === '') return 'absent';
  return SHOWABLE_CODE.test(code) ? code : 'not showable';
}
