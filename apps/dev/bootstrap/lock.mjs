import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Problem, say } from './problem.mjs';

const LOCK = '.data/bootstrap.lock';
const PATIENCE_MS = 15 * 60_000;

/** Does `work` while no other copy of this script installs or builds in the same folder. */
export async function exclusively(work) {
  await takeLock();
  const release = () => rmSync(LOCK, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

async function takeLock() {
  // Open to other users on purpose: PostgreSQL may run as one. What is secret in it has its own mode.
  mkdirSync('.data', { recursive: true });
  const deadline = Date.now() + PATIENCE_MS;
  let told = false;
  while (!tryLock()) {
    const holder = readLock();
    if (holder && !isSameProcess(holder)) breakLock(holder);
    else if (Date.now() > deadline) throw new Problem(`Process ${holder?.pid} has held ${LOCK} for too long: end it.`);
    else {
      if (!told && holder) say(`Waiting for another copy (process ${holder.pid}) that installs or builds here …`);
      told = true;
      await delay(100);
    }
  }
}

/** A link appears whole or not at all, so that nobody reads half a lock. */
function tryLock() {
  const draft = `${LOCK}.${process.pid}`;
  writeFileSync(draft, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }));
  try {
    linkSync(draft, LOCK);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Of several copies that find the same stale lock, the rename lets one remove it; a fresh lock is put back. */
function breakLock(stale) {
  const aside = `${LOCK}.stale.${process.pid}`;
  try {
    renameSync(LOCK, aside);
    if (JSON.parse(readFileSync(aside, 'utf8')).pid !== stale.pid) linkSync(aside, LOCK);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function readLock() {
  try {
    return JSON.parse(readFileSync(LOCK, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Whether the process that is written down still runs: its number alone may belong to another one by now. */
export function isSameProcess({ pid, started }) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  return startOf(pid) === started;
}

/** When a process started, in the kernel's ticks; empty where /proc does not tell. */
function startOf(pid) {
  try {
    return (
      readFileSync(`/proc/${pid}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ')[19] ?? ''
    );
  } catch {
    return '';
  }
}
