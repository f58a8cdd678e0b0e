export { previewMail, previewSms } from './application/compose/preview.js';
export { type Address, AddressBook, type Owner } from './application/delivery/address-book.js';
export { LOCALES, MAIL_TEMPLATES, SMS_TEMPLATES } from './application/message-order.js';
export { NotificationWorkerModule } from './notification-worker.module.js';
