import { Processor } from '@nestjs/bullmq';
import { QUEUE_OF } from './job.js';
import { MessageProcessor } from './message-processor.js';
import { backoffStrategy } from './retry-policy.js';

/** Gateways take a few calls a second from one client and answer the rest with an error that costs an attempt. */
const CONCURRENCY = 8;

@Processor(QUEUE_OF.sms, { concurrency: CONCURRENCY, settings: { backoffStrategy } })
export class SmsProcessor extends MessageProcessor {}
