import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

/** When the directory is looked at. */
export interface WatchTimes {
  /** At least this often, in ms: some file systems (NFS, some container mounts) tell of nothing. */
  pollMs: number;
  /** This long after the first of some changes, in ms: several files are copied one after the other. */
  debounceMs: number;
}

const TIMES: WatchTimes = { pollMs: 5000, debounceMs: 200 };

/**
 * Has the keys looked at when their directory changes, and every few seconds in any case: the system's notices are a
 * shortcut and nothing depends on them. Looks never overlap.
 */
export class WatchKeys implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('KeyRing');
  private watcher: FSWatcher | undefined;
  private watched: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private isNudged = false;
  private isStopped = false;
  private hasComplained = false;

  /**
   * @param look looks at the keys; must not throw
   * @param open how a directory is watched; tests hand in one that fails
   */
  constructor(
    private readonly directory: string,
    private readonly look: () => Promise<void>,
    private readonly times: WatchTimes = TIMES,
    private readonly open: typeof watch = watch,
  ) {}

  /** Looks at once: something may have changed since the keys were read for the boot. */
  onApplicationBootstrap(): void {
    this.schedule(0);
  }

  /** Ends it, after the look that is under way. */
  async onApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.watcher?.close();
    await this.looking;
  }

  private schedule(ms: number): void {
    clearTimeout(this.timer);
    if (!this.isStopped) this.timer = setTimeout(() => void (this.looking = this.turn()), ms).unref();
  }

  private async turn(): Promise<void> {
    await this.watchDirectory();
    this.isNudged = false; // before the look: what changes during it wants another one
    await this.look();
    this.looking = undefined;
    this.schedule(this.isNudged ? this.times.debounceMs : this.times.pollMs);
  }

  /** The first of many counts: a directory that never comes to rest must not put the look off for ever. */
  private nudge(): void {
    if (this.isNudged) return;
    this.isNudged = true;
    if (!this.looking) this.schedule(this.times.debounceMs);
  }

  /** Anew where another directory has taken the place of the one that is watched. */
  private async watchDirectory(): Promise<void> {
    const inode = await stat(this.directory).then(
      ({ ino }) => ino,
      () => undefined,
    );
    if (this.isStopped || inode === undefined || (this.watcher && inode === this.watched)) return;
    this.watcher?.close();
    try {
      this.watched = inode;
      this.watcher = this.open(this.directory, { persistent: false }, () => this.nudge());
      this.watcher.on('error', (error) => this.doWithout(error));
    } catch (error) {
      this.doWithout(error as Error);
    }
  }

  private doWithout({ code, message }: NodeJS.ErrnoException): void {
    this.watcher?.close();
    this.watcher = undefined;
    if (this.hasComplained) return;
    this.hasComplained = true;
    const seconds = this.times.pollMs / 1000;
    this.logger.warn(
      `${this.directory} cannot be watched (${code ?? message}): it is looked at every ${seconds} s alone`,
    );
  }
}
