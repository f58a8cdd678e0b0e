import type { HealthIndicatorResult } from '@nestjs/terminus';
import type { KeyRingHolder } from '@identity/jwks';
import type { Clock } from '@platform/kernel';

/** Ready while a key signs; a service without one would not have booted. */
export function keysReadiness(ring: KeyRingHolder, clock: Clock): HealthIndicatorResult {
  const { signing, next, retired } = ring.current().count(clock.now());
  return { keys: { status: signing > 0 ? 'up' : 'down', signing, next, retired } };
}
