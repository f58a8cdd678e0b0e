import type { Chart } from '../chart.js';
import type { Deployment, Secrets } from '../deployment.js';
import type { Outcome } from '../programs.js';

/** What the stand-ins act on. */
export interface Cluster {
  chart: Chart;
  secrets: Secrets;
  deployments: Record<string, Deployment>;
  /** What the Job of the migration wrote. */
  migration: string;
  /** Ports that are forwarded; closed when the test ends. */
  forwards: Set<{ close(): void }>;
}

/** It went well. */
export const said = (out: string): Outcome => ({ code: 0, out, err: '' });

/** @param word `deploy/…` @throws Error when the chart has no such Deployment */
export function deploymentOf(word: string | undefined, { chart, deployments }: Cluster): Deployment {
  const name = /^deploy\/(.+)$/.exec(word ?? '')?.[1] ?? '';
  chart.object('Deployment', name);
  return deployments[name]!;
}
