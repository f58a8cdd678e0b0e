import { type DynamicModule, Module } from '@nestjs/common';
import { systemClock } from '@platform/kernel';
import { CLOCK, SETTINGS, type Settings } from './settings.js';

/** Hands the validated settings and the clock to every module. Each app registers it once. */
@Module({})
export class SettingsModule {
  /**
   * @param settings what `loadSettings` returned
   * @param clock where time comes from; tests hand in one that they move
   */
  static forRoot(settings: Settings, clock = systemClock): DynamicModule {
    return {
      module: SettingsModule,
      global: true,
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: CLOCK, useValue: clock },
      ],
      exports: [SETTINGS, CLOCK],
    };
  }
}
