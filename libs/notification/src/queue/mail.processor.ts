import { Processor } from '@nestjs/bullmq';
import { QUEUE_OF } from './job.js';
import { MessageProcessor } from './message-processor.js';
import { backoffStrategy } from './retry-policy.js';

/** A mail is waiting for a server; so many at once keep ten connections busy while others are composed and recorded. */
const CONCURRENCY = 32;

@Processor(QUEUE_OF.mail, { concurrency: CONCURRENCY, settings: { backoffStrategy } })
export class MailProcessor extends MessageProcessor {}
