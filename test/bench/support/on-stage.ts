import { openStage, type Stage } from './stage.ts';

/** Does `work` on a stage of its own, and ends the process: with 1 when it failed or was interrupted, all swept away before. */
export async function onStage(work: (stage: Stage) => Promise<void>): Promise<never> {
  const interrupted = Promise.withResolvers<never>();
  interrupted.promise.catch(() => undefined); // it may come after the end
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => interrupted.reject(new Error(`interrupted by ${signal}`)));
  }
  const stage = openStage();
  try {
    await Promise.race([work(stage), interrupted.promise]);
  } catch (error) {
    process.exitCode = 1;
    console.error(error instanceof Error ? error.message : error);
  } finally {
    await stage.close();
  }
  // What was interrupted may still wait for a child that is gone.
  process.exit();
}
