export {
  type Channel,
  type Locale,
  type MailTemplate,
  type MessageOrder,
  MessageQueue,
  type SmsTemplate,
  type TemplateByOwner,
} from './application/message-order.js';
export { NotificationModule } from './notification.module.js';
