import { z } from 'zod';
import { CODE_CLASSES } from '../../domain/sms/provider-answer.js';
import { templateFaults, templateUses } from '../../domain/sms/provider-template.js';
import { authSchema } from './provider-auth.js';
import { providerUrl, template } from './provider-fields.js';

/** A field of a request: a template, or anything JSON has with templates in it. */
type Field = string | number | boolean | null | Field[] | { [name: string]: Field };

const field: z.ZodType<Field> = z.lazy(() =>
  z.union([template, z.number(), z.boolean(), z.null(), z.array(field).max(50), z.record(name, field)]),
);
const name = z.string().regex(/^[\w.-]{1,64}$/, 'wants letters, digits and _.-, 64 at most');
const path = z.string().regex(/^[^.]+(\.[^.]+)*$/, 'wants names and indexes with dots, such as result.0.code');
/** What is sent as it stands. */
const plain = z.string().regex(/^[^{}\p{Cc}]*$/u, 'wants no braces');
const codeMap = z.record(z.string().min(1).max(64), z.enum(CODE_CLASSES));

/** What each provider has. The smallest `order` is tried first; times in milliseconds. */
const common = {
  enabled: z.boolean().default(true),
  order: z.int().min(0).max(1000).default(100),
  /** From the first byte to the last; past it the outcome is unknown. The worker waits 20 s for all providers. */
  timeoutMs: z.int().min(500).max(15_000).default(10_000),
  /** For each worker process. */
  ratePerSecond: z.number().min(0.1).max(1000).optional(),
};

/** VNPAY's JSON form; its credential is the `sercretKey`. */
const vnpaySettings = z.strictObject({
  kind: z.literal('vnpay'),
  ...common,
  url: providerUrl,
  /** The brandname. */
  sender: z
    .string()
    .regex(/^(?!\d+$)[A-Za-z\d\-_. ]{1,11}$/, 'wants at most 11 of letters, digits and -_. , not digits only'),
  keyword: plain.max(32).default(''),
  partnerCode: plain.min(1).max(64),
  /** Codes whose meaning differs from what public clients know. */
  codeMap: codeMap.default({}),
});

/** Any provider that takes an HTTP request for each SMS and answers in JSON. */
const httpSettings = z
  .strictObject({
    kind: z.literal('http'),
    ...common,
    url: providerUrl,
    /** GET puts the fields into the address, which proxies log: for gateways that know nothing else. */
    method: z.enum(['POST', 'PUT', 'GET']).default('POST'),
    encoding: z.enum(['json', 'form']).default('json'),
    auth: authSchema.default({ kind: 'none' }),
    fields: z.record(name, field),
    idMaxLength: z.int().min(8).max(128).default(32),
    success: z.strictObject({ path, equals: z.union([z.string(), z.number(), z.boolean()]).optional() }),
    codePath: path.optional(),
    codeMap: codeMap.default({}),
    messageIdPath: path.optional(),
  })
  .superRefine((settings, context) => {
    const isFlat = Object.values(settings.fields).every((each) => typeof each !== 'object' || each === null);
    if (!isFlat && (settings.encoding === 'form' || settings.method === 'GET'))
      context.addIssue({ code: 'custom', path: ['fields'], message: 'only JSON has objects and lists' });
    if (settings.auth.kind === 'body' && !mentions(settings.fields, 'credential'))
      context.addIssue({ code: 'custom', path: ['fields'], message: 'wants {{credential}} in one of them' });
    if (!mentions(settings.fields, 'to') || !mentions(settings.fields, 'text'))
      context.addIssue({ code: 'custom', path: ['fields'], message: 'wants {{to}} and {{text}} in them' });
  });

export const smsProviderSettings = z.discriminatedUnion('kind', [vnpaySettings, httpSettings]);

export type VnpaySettings = z.infer<typeof vnpaySettings>;
export type HttpSettings = z.infer<typeof httpSettings>;
export type SmsProviderSettings = z.infer<typeof smsProviderSettings>;

/** Whether any field, however deep, uses a value. */
function mentions(value: Field, which: 'credential' | 'to' | 'text'): boolean {
  if (typeof value === 'string') return templateFaults(value).length === 0 && templateUses(value, which);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((each) => mentions(each, which));
}
