import type { HealthIndicatorResult } from '@nestjs/terminus';
import type { KeyRingHolder, ReloadKeyRing } from '@identity/jwks';
import type { Clock } from '@platform/kernel';

/** Ready while a key signs, also where what is in the directory by now is not usable: `reload` says that. */
export function keysReadiness(ring: KeyRingHolder, reload: ReloadKeyRing, clock: Clock): HealthIndicatorResult {
  const { signing, next, retired } = ring.current().count(clock.now());
  return { keys: { status: signing > 0 ? 'up' : 'down', signing, next, retired, reload: reload.state() } };
}
