import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { Logger } from '@nestjs/common';
import type { TracingSettings } from '@platform/config';

/** How long one attempt to hand over spans may take, in milliseconds. */
const TIMEOUT_MS = 5000;

/** Sends spans to the collector. One that is away is told of once, and so is its return; its spans are lost. */
export async function createExporter({ url, protocol }: TracingSettings): Promise<SpanExporter> {
  // One of the two, and only now: the other one's encoder is not loaded.
  const { OTLPTraceExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto');
  const exporter: SpanExporter = new OTLPTraceExporter({ url, timeoutMillis: TIMEOUT_MS });
  const tell = teller();
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        tell(result.error);
        done(result);
      }),
    forceFlush: async () => await exporter.forceFlush?.(),
    shutdown: async () => await exporter.shutdown(),
  };
}

function teller(): (error: Error | undefined) => void {
  const logger = new Logger('Tracing');
  let away = false;
  return (error) => {
    if (error && !away) logger.warn(`the collector of traces does not take them: ${error.message}`);
    if (!error && away) logger.log('the collector of traces takes them again');
    away = error !== undefined;
  };
}
