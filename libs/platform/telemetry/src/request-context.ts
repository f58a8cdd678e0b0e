import { AsyncLocalStorage } from 'node:async_hooks';

/** What belongs to one request (or to the job it caused) wherever the code is: for log lines and audit events. */
export interface RequestContext {
  requestId?: string;
  clientAddress?: string;
  /** Filled once the caller is known. */
  userId?: string;
  /** Its name, once the caller is known to be a sister service. */
  serviceAccount?: string;
}

const storage = new AsyncLocalStorage<RequestContext>();
const NONE: RequestContext = Object.freeze({});

/** The context of the current request, empty outside one. */
export function requestContext(): RequestContext {
  return storage.getStore() ?? NONE;
}

/** Runs `work` and all it starts in `context`. */
export function runInRequestContext<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}
