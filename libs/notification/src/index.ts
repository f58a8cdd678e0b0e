export {
  type Channel,
  type Locale,
  type MailTemplate,
  type MessageOrder,
  MessageQueue,
  type SmsTemplate,
  type TemplateByOwner,
} from './application/message-order.js';
