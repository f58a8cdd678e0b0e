import { Inject, Module } from '@nestjs/common';
import { JwtModule, JwtService } from '@nestjs/jwt';
import { CLOCK, SETTINGS, type Settings } from '@platform/config';
import type { Clock } from '@platform/kernel';
import { KeyRingHolder } from './application/key-ring-holder.js';
import { LoadKeyRing } from './application/load-key-ring.js';
import { measureKeyRing } from './application/measure-key-ring.js';
import { PublishKeySet } from './application/publish-key-set.js';
import { ReloadKeyRing } from './application/reload-key-ring.js';
import { TokenSigner } from './application/token-signer.js';
import { TokenVerifier } from './application/token-verifier.js';
import { AdminKeysController } from './http/admin-keys.controller.js';
import { JwksController } from './http/jwks.controller.js';
import { KeyDirectory } from './persistence/key-directory.js';
import { WatchKeys } from './persistence/watch-keys.js';

/**
 * Signing keys, access tokens and `/jw-certs`. Wants `SettingsModule` in the app. The keys are read while the module is
 * built, so that a missing or bad key stops the boot (`DomainError` `keys.…`) instead of the first sign-in; from then on
 * they are watched, and a bad change of them stops nothing.
 */
@Module({
  imports: [JwtModule.register({})],
  controllers: [JwksController, AdminKeysController],
  providers: [
    {
      provide: KeyRingHolder,
      inject: [SETTINGS, CLOCK],
      useFactory: async ({ jwt }: Settings, clock: Clock) =>
        new KeyRingHolder(await new LoadKeyRing(new KeyDirectory(jwt.keysDir), clock, jwt.ttlSeconds).execute()),
    },
    {
      provide: ReloadKeyRing,
      inject: [KeyRingHolder, SETTINGS, CLOCK],
      useFactory: (holder: KeyRingHolder, { jwt }: Settings, clock: Clock) =>
        new ReloadKeyRing(new KeyDirectory(jwt.keysDir), holder, clock, jwt.ttlSeconds),
    },
    {
      provide: WatchKeys,
      inject: [ReloadKeyRing, SETTINGS],
      useFactory: (reload: ReloadKeyRing, { jwt }: Settings) => new WatchKeys(jwt.keysDir, () => reload.execute()),
    },
    {
      provide: PublishKeySet,
      inject: [KeyRingHolder, CLOCK],
      useFactory: (holder: KeyRingHolder, clock: Clock) => new PublishKeySet(holder, clock),
    },
    {
      provide: TokenSigner,
      inject: [KeyRingHolder, JwtService, CLOCK, SETTINGS],
      useFactory: (holder: KeyRingHolder, jwt: JwtService, clock: Clock, settings: Settings) =>
        new TokenSigner(holder, jwt, clock, settings.jwt),
    },
    {
      provide: TokenVerifier,
      inject: [KeyRingHolder, JwtService, CLOCK, SETTINGS],
      useFactory: (holder: KeyRingHolder, jwt: JwtService, clock: Clock, settings: Settings) =>
        new TokenVerifier(holder, jwt, clock, settings.jwt),
    },
  ],
  exports: [KeyRingHolder, ReloadKeyRing, TokenSigner, TokenVerifier],
})
export class JwksModule {
  constructor(@Inject(KeyRingHolder) holder: KeyRingHolder, @Inject(CLOCK) clock: Clock) {
    measureKeyRing(holder, clock);
  }
}
