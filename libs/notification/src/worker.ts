export { AddressBook, type Owner } from './application/delivery/address-book.js';
export { NotificationWorkerModule } from './notification-worker.module.js';
export { SmsModule } from './sms.module.js';
