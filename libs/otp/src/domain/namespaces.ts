import type { MailTemplate, SmsTemplate, TemplateByOwner } from '@identity/notification';

/** Which message a code travels in. */
interface Messages<Template> {
  /** Somebody wants to prove who they are. */
  request: TemplateByOwner<Template>;
  /** Somebody claims the identifier: signs up with it, or adds it to an account. */
  claim: TemplateByOwner<Template>;
}

interface NamespaceRules {
  /** Messages by mail; without them the namespace serves no e-mail addresses. */
  mail?: Messages<MailTemplate>;
  /** Messages by SMS; without them it serves no phone numbers. */
  sms?: Messages<SmsTemplate>;
  /** A code for an identifier that is nobody's opens an account, where settings allow it. */
  opensAccount?: boolean;
}

const forgotPassword = { nobody: null, active: 'forgot-password', disabled: null } as const;
const phoneAuth = { nobody: 'phone-auth', active: 'phone-auth', disabled: null } as const;

/**
 * What codes are for. A new purpose is an entry here and a line in the settings. None of it depends on whether the
 * account exists: the worker looks that up, so that a request takes the same time for everybody.
 */
const NAMESPACES = {
  'verify-email': {
    mail: {
      request: { nobody: 'verify-email', active: 'verify-email', disabled: null },
      claim: { nobody: 'verify-email', active: 'account-exists', disabled: null },
    },
  },
  'phone-auth': { sms: { request: phoneAuth, claim: phoneAuth }, opensAccount: true },
  'forgot-password': {
    mail: { request: forgotPassword, claim: forgotPassword },
    sms: { request: forgotPassword, claim: forgotPassword },
  },
} satisfies Record<string, NamespaceRules>;

export type Namespace = keyof typeof NAMESPACES;
export const NAMESPACE_NAMES = Object.keys(NAMESPACES) as Namespace[];
/** What a code can be sent to. */
export type CodeScheme = 'email' | 'phone';

/** The channel and the templates of one code. */
export type CodeMessage =
  | { channel: 'mail'; templates: TemplateByOwner<MailTemplate> }
  | { channel: 'sms'; templates: TemplateByOwner<SmsTemplate> };

/** Whether codes of this namespace are sent to identifiers of this scheme. */
export function isServed(namespace: Namespace, scheme: string): scheme is CodeScheme {
  const { mail, sms }: NamespaceRules = NAMESPACES[namespace];
  return (scheme === 'email' && mail !== undefined) || (scheme === 'phone' && sms !== undefined);
}

/**
 * How a code travels; nothing when the namespace does not serve the scheme.
 * @param accountsOpen whether settings let a code open an account for an identifier that is nobody's
 */
export function messageFor(
  namespace: Namespace,
  scheme: CodeScheme,
  { claim, accountsOpen }: { claim: boolean; accountsOpen: boolean },
): CodeMessage | undefined {
  const { mail, sms, opensAccount = false }: NamespaceRules = NAMESPACES[namespace];
  const closed = opensAccount && !accountsOpen && !claim;
  const pick = <Template>(messages: Messages<Template>): TemplateByOwner<Template> => {
    const templates = messages[claim ? 'claim' : 'request'];
    return closed ? { ...templates, nobody: null } : templates;
  };
  if (scheme === 'email') return mail && { channel: 'mail', templates: pick(mail) };
  return sms && { channel: 'sms', templates: pick(sms) };
}
