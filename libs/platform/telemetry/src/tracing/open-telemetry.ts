import { type Context, ROOT_CONTEXT, type Span as OtelSpan, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { TracingSettings } from '@platform/config';
import { createExporter } from './exporter.js';
import { traceRedis } from './redis-spans.js';
import { samplerOf } from './sampler.js';
import type { Span, SpanAttributes, SpanOptions, Tracer } from './spans.js';
import { parseTraceparent, toTraceparent } from './traceparent.js';

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
};

/** OpenTelemetry behind our own door to it: this file and its neighbours are loaded only where there is a collector. */
export interface RunningTracer extends Tracer {
  /** Hands over what is left. Settles when the collector does, which may be never. */
  stop(): Promise<void>;
}

/**
 * Starts the SDK. Everything it is told comes from the settings; it registers nothing globally and patches nothing.
 * @param mode which process this is, told with every span
 */
export async function startOpenTelemetry(settings: TracingSettings, mode: string): Promise<RunningTracer> {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.namespace': 'nx-seller',
      'identity.mode': mode,
      ...settings.resource,
      'service.name': settings.serviceName,
    }),
    sampler: samplerOf(settings.sampler),
    // Spans wait in memory, no more than its 2048, and are dropped beyond: nothing waits for a collector.
    spanProcessors: [new BatchSpanProcessor({ exporter: await createExporter(settings) })],
  });
  const tracer = provider.getTracer('nx-seller-identity');
  const untrace = traceRedis();
  return {
    start(name, options, around) {
      return new RecordedSpan(tracer.startSpan(name, spanOptions(options), parentOf(options.parent, around)));
    },
    async stop() {
      untrace();
      await provider.shutdown();
    },
  };
}

function spanOptions({ kind, attributes = {}, link }: SpanOptions) {
  const context = link === undefined ? undefined : parseTraceparent(link);
  return { kind: KINDS[kind], attributes, ...(context && { links: [{ context }] }) };
}

function parentOf(parent: string | undefined, around: Span | undefined): Context {
  const remote = parent === undefined ? undefined : parseTraceparent(parent);
  if (remote) return trace.setSpanContext(ROOT_CONTEXT, remote);
  return around instanceof RecordedSpan ? trace.setSpan(ROOT_CONTEXT, around.span) : ROOT_CONTEXT;
}

class RecordedSpan implements Span {
  constructor(readonly span: OtelSpan) {}

  get traceId(): string {
    return this.span.spanContext().traceId;
  }

  get traceparent(): string {
    return toTraceparent(this.span.spanContext());
  }

  set(attributes: SpanAttributes): void {
    this.span.setAttributes(attributes);
  }

  fail(type: string): void {
    this.span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR });
  }

  end(): void {
    this.span.end();
  }
}
