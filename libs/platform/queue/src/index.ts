export { BOARD_PATH } from './board/board-door.js';
export { withoutAddresses } from './board/without-secrets.js';
export { QueueBoard } from './board/queue-board.js';
export { GracefulWorker } from './graceful-worker.js';
export { JobHost } from './job-host.js';
export { QueueModule, QueueWorkerModule } from './queue.module.js';
export { QueueMonitor } from './queue-monitor.js';
export { Queues } from './queues.js';
