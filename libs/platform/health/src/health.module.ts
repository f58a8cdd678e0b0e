import { type DynamicModule, type InjectionToken, Module, type ModuleMetadata } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller.js';
import { MANAGEMENT_PAGES, type ManagementPages, ManagementServer } from './management-server.js';
import { Readiness, READINESS_CHECKS, type ReadinessChecks } from './readiness.js';

interface HealthOptions<Injected extends unknown[], Page = never> {
  /** Modules that provide what is injected, where it is not global. */
  imports?: ModuleMetadata['imports'];
  inject: InjectionToken[];
  checks: (...injected: Injected) => ReadinessChecks;
  /** What else the management port shows, by its path. */
  pages?: { inject: InjectionToken<Page>; make: (injected: Page) => ManagementPages };
  /** Whether the probes are also on the public port, below the base path. */
  onPublicPort: boolean;
}

/** Liveness, readiness and metrics. Each app says what its readiness depends on. */
@Module({})
export class HealthModule {
  static register<Injected extends unknown[], Page = never>(options: HealthOptions<Injected, Page>): DynamicModule {
    return {
      module: HealthModule,
      // Its own log line for each failed probe would repeat what the dependency's line says once.
      imports: [TerminusModule.forRoot({ logger: false }), ...(options.imports ?? [])],
      controllers: options.onPublicPort ? [HealthController] : [],
      providers: [
        { provide: READINESS_CHECKS, inject: options.inject, useFactory: options.checks },
        ...(options.pages
          ? [{ provide: MANAGEMENT_PAGES, inject: [options.pages.inject], useFactory: options.pages.make }]
          : []),
        Readiness,
        ManagementServer,
      ],
      exports: [ManagementServer],
    };
  }
}
