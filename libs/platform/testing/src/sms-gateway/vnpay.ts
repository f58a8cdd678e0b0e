import { z } from 'zod';

/** What the gateway expects its one client to say. */
export interface Partner {
  partnerCode: string;
  secretKey: string;
}

/** Status of an answer; the client's map from codes to classes is configuration, as other gateways have others. */
export type Status = keyof typeof DESCRIPTIONS;

const DESCRIPTIONS = {
  '00': 'Success',
  '01': 'Phone number is invalid',
  '02': 'Length is invalid',
  '04': 'Authentication failed',
  '05': 'Connection to the operator is lost',
  '06': 'Address is not allowed',
  '08': 'Timeout',
  '11': 'Message type is invalid',
  '12': 'Unicode is not supported',
  '80': 'Partner does not exist',
};

/** Epoch seconds have ten digits until 2286; thirteen are milliseconds. */
const LAST_SECOND = 9_999_999_999;

const text = z.string().min(1);
/** Exactly these fields: a stand-in that overlooks a misspelt one hides it from the tests. */
const schema = z.strictObject({
  messageId: text,
  destination: text,
  sender: text.regex(/^(?!\d+$)[\w\-. ]{1,11}$/),
  keyword: z.string(),
  shortMessage: text,
  encryptMessage: z.literal(''),
  isEncrypt: z.literal(0),
  type: z.int(),
  requestTime: z.int().min(1_000_000_000).max(LAST_SECOND),
  partnerCode: text,
  sercretKey: text, // spelt so
});

export type SmsRequest = z.infer<typeof schema>;

/** @returns the request, or the names of the fields that are missing, unknown or malformed */
export function readRequest(body: unknown): { request: SmsRequest } | { faults: string[] } {
  const { data, error } = schema.safeParse(body);
  if (data) return { request: data };
  return { faults: error.issues.flatMap((issue) => ('keys' in issue ? issue.keys : [issue.path.join('.') || 'body'])) };
}

/** Who asks comes first, as everywhere. */
export function judge(request: SmsRequest, partner: Partner): Status {
  if (request.partnerCode !== partner.partnerCode) return '80';
  if (request.sercretKey !== partner.secretKey) return '04';
  if (request.type !== 0) return '11';
  if (!/^(0|84)\d{8,13}$/.test(request.destination) || request.destination.length > 15) return '01';
  if (request.messageId.length > 32 || request.shortMessage.length > 480) return '02';
  return /^[\n\r\x20-\x7e]*$/.test(request.shortMessage) ? '00' : '12';
}

/** The reply's form. `providerId` is the network that has the number now, `providerIdOrg` the one it came from. */
export function replyOf(messageId: string, status: string, description = descriptionOf(status)): object {
  const network = status === '00' ? '01' : '';
  return { messageId, status, description, isMnp: 0, providerId: network, providerIdOrg: network };
}

function descriptionOf(status: string): string {
  return DESCRIPTIONS[status as Status] ?? 'Refused';
}

/** `0901…`, `84901…`, `+84 901…` → `+84901…`. */
export function e164(phone: string): string {
  return `+${phone.replace(/\D/g, '').replace(/^0/, '84')}`;
}
