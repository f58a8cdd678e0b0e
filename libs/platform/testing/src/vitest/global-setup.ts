import type { TestProject } from 'vitest/node';
import './provided.js';
import { acquireServices } from './services.js';

/** Vitest calls this once for each project that names it; the servers are shared by all of them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { postgresUrl, redisUrl, release } = await acquireServices();
  project.provide('postgresUrl', postgresUrl);
  project.provide('redisUrl', redisUrl);
  return release;
}
