import type { SpanContext } from '@opentelemetry/api';

/** W3C Trace Context, section 3.2: version 00, whose form is fixed. */
const FORM = /^00-(?<traceId>[\da-f]{32})-(?<spanId>[\da-f]{16})-(?<flags>[\da-f]{2})$/;
const ZEROS = /^0+$/;
const SAMPLED = 1;

/** @returns undefined for what is none: a caller may send anything, and a job may hold what is no text */
export function parseTraceparent(text: unknown): SpanContext | undefined {
  if (typeof text !== 'string') return undefined;
  const { traceId = '', spanId = '', flags = '' } = FORM.exec(text)?.groups ?? {};
  if (ZEROS.test(traceId) || ZEROS.test(spanId) || traceId === '') return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & SAMPLED, isRemote: true };
}

export function toTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-0${traceFlags & SAMPLED}`;
}
