import { Controller, Get, Module } from '@nestjs/common';
import type { Principal } from '@nx-seller/identity-client';
import {
  AccessTokenGuard,
  CurrentPrincipal,
  IdentityClientModule,
  Public,
  RequirePermission,
} from '@nx-seller/identity-client/nest';

@Controller()
class Orders {
  @Get('orders')
  @RequirePermission('orders', 'read')
  list(@CurrentPrincipal() principal: Principal): string {
    return principal.userId;
  }

  @Get('health')
  @Public()
  health(): string {
    return 'ok';
  }
}

@Module({
  imports: [
    IdentityClientModule.forRoot({
      verifier: { issuer: 'http://identity.example', audience: 'orders', jwksUri: 'http://identity:3000/jw-certs' },
      policies: { baseUrl: 'http://identity:3000/v1/api/identity', name: 'orders', secret: 'secret' },
    }),
  ],
  controllers: [Orders],
  providers: [{ provide: 'guard', useExisting: AccessTokenGuard }],
})
export class Sister {}
