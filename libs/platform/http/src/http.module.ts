import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';

/** What `assertRoutesDeclared` walks the controllers with. */
@Module({ imports: [DiscoveryModule] })
export class HttpModule {}
