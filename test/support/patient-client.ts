import { type Answer, Client } from './client.js';
import { untilAvailable } from './retries.js';

/** A client that calls again while it is answered 503. */
export class PatientClient extends Client {
  override send(...call: Parameters<Client['send']>): Promise<Answer> {
    return untilAvailable(() => super.send(...call));
  }
}
