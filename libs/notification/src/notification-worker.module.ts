import { type DynamicModule, Module, type ModuleMetadata, type Provider } from '@nestjs/common';
import { QueueModule, QueueWorkerModule } from '@platform/queue';
import { Brand } from './application/compose/brand.js';
import { MailCourier } from './application/compose/mail-courier.js';
import { SmsCourier } from './application/compose/sms-courier.js';
import { SmsTexts } from './application/compose/sms-texts.js';
import { Couriers } from './application/delivery/couriers.js';
import { DeliverMessage } from './application/delivery/deliver-message.js';
import { DeliveryReport } from './application/delivery/delivery-report.js';
import { SendMarkers } from './application/delivery/send-markers.js';
import { SendOnce } from './application/delivery/send-once.js';
import { MailSender } from './application/mail/mail-sender.js';
import { SendingPace } from './application/mail/sending-pace.js';
import { SmtpMailSender } from './persistence/mail/smtp-mail-sender.js';
import { PostgresSendMarkers } from './persistence/postgres-send-markers.js';
import { BullSendingPace } from './queue/bull-sending-pace.js';
import { ForgetFailed } from './queue/forget-failed.js';
import { QUEUE_OF } from './queue/job.js';
import { MailProcessor } from './queue/mail.processor.js';
import { SmsProcessor } from './queue/sms.processor.js';
import { StartWorkers } from './queue/start-workers.js';
import { ConfigurationModule } from './configuration.module.js';
import { sealProvider } from './seal.provider.js';
import { SmsModule } from './sms.module.js';

/** What the app binds: `AddressBook`. Tests bind `Configurations` and `SmsSender` too. */
interface Bindings {
  imports?: ModuleMetadata['imports'];
  providers: Provider[];
}

/** Takes messages out of the queues and sends them. Wants the database and Redis in the app. */
@Module({})
export class NotificationWorkerModule {
  static register({ imports = [], providers }: Bindings): DynamicModule {
    const queues = QueueModule.register(Object.values(QUEUE_OF));
    return {
      module: NotificationWorkerModule,
      imports: [ConfigurationModule, SmsModule, ...imports, queues, QueueWorkerModule.register()],
      providers: [
        ...providers,
        sealProvider,
        Brand,
        SmsTexts,
        MailCourier,
        SmsCourier,
        Couriers,
        SendOnce,
        DeliveryReport,
        DeliverMessage,
        { provide: SendMarkers, useClass: PostgresSendMarkers },
        { provide: MailSender, useClass: SmtpMailSender },
        { provide: SendingPace, useClass: BullSendingPace },
        MailProcessor,
        SmsProcessor,
        StartWorkers,
        ForgetFailed,
      ],
      exports: [queues],
    };
  }
}
