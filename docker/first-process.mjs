// Loaded first of all by the first process of a container. The kernel lets the defaults of signals not count for it:
// until the service listens for SIGTERM, and for a migration at all times, the order to stop would be lost, and
// Kubernetes would wait its thirty seconds. Once the service has obeyed one, it raises the signal again to end by it.
import { constants } from 'node:os';

let obeyed = false;

for (const name of ['SIGTERM', 'SIGINT']) {
  process.on(name, () => {
    if (process.listenerCount(name) > 1) obeyed = true;
    else process.exit(obeyed ? 0 : 128 + constants.signals[name]);
  });
}
