import { Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { SETTINGS, type Settings } from '@platform/config';
import { withDeadline } from '@platform/kernel';
import type { RunningTracer } from './open-telemetry.js';
import { useTracer } from './spans.js';

const TRACER = Symbol('tracer');
/** What the last spans get to be handed over in, so that a collector that hangs keeps no process from ending. */
const FLUSH_MS = 2000;

/** Makes spans where the settings name a collector. Where they do not, nothing of OpenTelemetry is loaded. */
@Module({
  providers: [
    {
      provide: TRACER,
      inject: [SETTINGS],
      useFactory: async ({ tracing, mode }: Settings) => {
        if (!tracing) return undefined;
        const { startOpenTelemetry } = await import('./open-telemetry.js');
        const tracer = await startOpenTelemetry(tracing, mode);
        useTracer(tracer);
        return tracer;
      },
    },
  ],
})
export class TracingModule implements OnApplicationShutdown {
  private readonly logger = new Logger('Tracing');

  constructor(@Inject(TRACER) private readonly tracer: RunningTracer | undefined) {}

  async onApplicationShutdown(): Promise<void> {
    if (!this.tracer) return;
    useTracer(undefined);
    await withDeadline(this.tracer.stop(), FLUSH_MS, () => new Error(`not within ${FLUSH_MS} ms`)).catch(
      (error: Error) => this.logger.warn(`the last spans are lost: ${error.message}`),
    );
  }
}
