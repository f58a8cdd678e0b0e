import { spawnSync } from 'node:child_process';
import { NAMESPACE, RELEASE } from './chart.js';
import { type Cluster, said } from './kubectl/cluster.js';
import type { Call, Outcome } from './programs.js';

/** `helm history` and `helm rollback`: flags are held against the real one's help, the release against the chart. */
export function helm({ args }: Call, { deployments }: Cluster): Outcome {
  const [command = '', release, ...others] = args;
  if (!['history', 'rollback'].includes(command) || release !== RELEASE)
    throw new Error('the stand-in knows no such call');
  const help = spawnSync('helm', [command, '--help'], { encoding: 'utf8' }).stdout;
  for (const flag of others.filter((one) => one.startsWith('-')))
    if (!help.includes(`${flag} `)) throw new Error(`the real helm ${command} has no ${flag}`);
  if (others[others.indexOf('--namespace') + 1] !== NAMESPACE) throw new Error('not the namespace of the release');
  if (command === 'history') return said('REVISION\tSTATUS\n1\tsuperseded\n2\tdeployed\n');
  if (!/^\d+$/.test(others[0] ?? '')) throw new Error('wants the number of a revision');
  for (const each of Object.values(deployments)) each.roll();
  return said('Rollback was a success!\n');
}
