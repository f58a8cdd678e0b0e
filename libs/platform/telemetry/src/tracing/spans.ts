import { AsyncLocalStorage } from 'node:async_hooks';

type SpanKind = 'server' | 'client' | 'producer' | 'consumer' | 'internal';
/** What a span tells. Never who somebody is, what they typed, or what a statement was given: names, counts, outcomes. */
export type SpanAttributes = Record<string, string | number | boolean>;

/** One piece of work in a trace. */
export interface Span {
  readonly traceId: string;
  /** What carries the trace to another process: `traceparent` of W3C Trace Context. */
  readonly traceparent: string;
  set(attributes: SpanAttributes): void;
  /** @param type a word of few kinds, such as an error's code; never its message */
  fail(type: string): void;
  end(): void;
}

export interface SpanOptions {
  kind: SpanKind;
  attributes?: SpanAttributes;
  /** `traceparent` of the work of another process that caused this; absent: the span around, if any. */
  parent?: string;
  /** `traceparent` of what this has to do with and does not belong to. */
  link?: string;
}

/** Makes spans; what stands behind it is loaded only where there is a collector. */
export interface Tracer {
  start(name: string, options: SpanOptions, around?: Span): Span;
}

const storage = new AsyncLocalStorage<Span>();
let tracer: Tracer | undefined;

/** Has spans made from now on, or none. */
export function useTracer(next: Tracer | undefined): void {
  tracer = next;
}

/** The span that the code runs in; undefined outside one, and while nothing is traced. */
export function currentSpan(): Span | undefined {
  return tracer && storage.getStore();
}

/** Begins a span that is ended by hand; undefined while nothing is traced. A client's span is part of another or none. */
export function beginSpan(name: string, options: SpanOptions): Span | undefined {
  if (!tracer) return undefined;
  const around = storage.getStore();
  const isPart = options.kind === 'client' || options.kind === 'internal';
  return isPart && !around ? undefined : tracer.start(name, options, around);
}

/** Runs `work` and all it starts in `span`; without one, just runs it. */
export function runInSpan<T>(span: Span | undefined, work: () => T): T {
  return span ? storage.run(span, work) : work();
}

/**
 * Does `work` in a span of its own, and settles as it does. While nothing is traced it is `work()` and nothing else.
 * @param work is given the span, where there is one
 */
export function inSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span | undefined) => Promise<T>,
): Promise<T> {
  const span = beginSpan(name, options);
  return span ? within(span, work) : work(undefined);
}

async function within<T>(span: Span, work: (span: Span) => Promise<T>): Promise<T> {
  try {
    return await storage.run(span, () => work(span));
  } catch (error) {
    span.fail(errorType(error));
    throw error;
  } finally {
    span.end();
  }
}

const CODE = /^[A-Za-z][\w.-]{1,60}$|^[A-Z\d]{5}$/;

/** The code of an error, else its class: a message may hold anything. */
export function errorType(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return [code, name].find((word): word is string => typeof word === 'string' && CODE.test(word)) ?? 'error';
}
