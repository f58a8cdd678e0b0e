export {
  type Locale,
  type MailTemplate,
  type MessageOrder,
  MessageQueue,
  type SmsTemplate,
  type TemplateByOwner,
} from './application/message-order.js';
export { LimitsModule } from './limits.module.js';
export { ListLimits } from './application/limits/list-limits.js';
export { type FailedMessage, FailedMessages } from './application/delivery/failed-messages.js';
export { RetryFailedMessages } from './application/delivery/retry-failed-messages.js';
export { QueueAdminModule } from './queue-admin.module.js';
export { shownJobData } from './queue/job.js';
export { NotificationModule } from './notification.module.js';
export { ConfigurationAdminModule } from './configuration-admin.module.js';
export { ListConfigurations } from './application/configuration/list-configurations.js';
export { ReencryptCredentials } from './application/configuration/reencrypt-credentials.js';
export { type ConfigurationOrder, SetConfiguration } from './application/configuration/set-configuration.js';
export { UnsetConfiguration } from './application/configuration/unset-configuration.js';
