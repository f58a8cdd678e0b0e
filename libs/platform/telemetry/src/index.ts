export { createAccessLogger, createLogger } from './logger.js';
export type { DurationHistogram } from './duration-histogram.js';
export { LoggingModule } from './logging.module.js';
export { counter, durations, gauge, histogram, METRICS_CONTENT_TYPE, renderMetrics } from './metrics.js';
export { type RequestContext, requestContext, runInRequestContext } from './request-context.js';
export { exitOnBootFailure } from './boot-failure.js';
export { logUncaughtErrors } from './last-words.js';
export { beginSpan, currentSpan, inSpan, runInSpan, type Span } from './tracing/spans.js';
export { TracingModule } from './tracing/tracing.module.js';
