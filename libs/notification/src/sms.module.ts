import { Module } from '@nestjs/common';
import { SendThroughProviders } from './application/sms/send-through-providers.js';
import { SmsGateway } from './application/sms/sms-gateway.js';
import { SmsProviders } from './application/sms/sms-providers.js';
import { SmsSender } from './application/sms/sms-sender.js';
import { ConfigurationModule } from './configuration.module.js';
import { HttpSmsGateway } from './providers/http-sms-gateway.js';

/** SMS through the providers of public."Configuration". */
@Module({
  imports: [ConfigurationModule],
  providers: [
    SmsProviders,
    { provide: SmsGateway, useClass: HttpSmsGateway },
    { provide: SmsSender, useClass: SendThroughProviders },
  ],
  exports: [SmsSender],
})
export class SmsModule {}
