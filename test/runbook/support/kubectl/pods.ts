import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { IContainer } from 'kubernetes-models/v1';
import { projectRoot } from '@platform/testing';
import { type Outcome, runProcess } from '../programs.js';
import type { Parsed } from './call.js';
import { type Cluster, deploymentOf, said } from './cluster.js';

/** docs/image.md: what else is there to be run. */
const PROGRAMS = ['identity', 'node', 'env', 'cat', 'id', 'ls', 'sleep', 'sh'];
const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000 };

/** In the environment of a pod, with the programs that the image has. */
export async function exec({ words, flags, rest }: Parsed, input: string, cluster: Cluster): Promise<Outcome> {
  const deployment = deploymentOf(words[0], cluster);
  const [program = '', ...args] = rest;
  if (!PROGRAMS.includes(program)) throw new Error(`the image has no ${program}`);
  const root = projectRoot();
  if (program === 'node' || deployment.pods.length === 0) await deployment.settled();
  const { origin, managementOrigin } = deployment.pods[0]!.service;
  const local = (text: string) =>
    deployment
      .here(text)
      .replaceAll('/app/', `${root}/`)
      .replaceAll('http://127.0.0.1:3000', origin)
      .replaceAll('http://127.0.0.1:9464', managementOrigin);
  return await runProcess(program === 'identity' ? join(root, 'docker/identity') : program, args.map(local), {
    cwd: root,
    env: { ...deployment.environment(), PATH: `${dirname(process.execPath)}:/usr/bin:/bin` },
    input: 'i' in flags ? input : '',
  });
}

/** What the processes wrote, as far as is asked for. */
export function logs({ words: [word = ''], flags }: Parsed, cluster: Cluster): Outcome {
  if (word.startsWith('job/')) {
    cluster.chart.object('Job', word.slice('job/'.length));
    return said(cluster.migration);
  }
  const deployment = deploymentOf(word, cluster);
  const lines = (flags['previous'] ? deployment.previous : deployment.logs()).split('\n').filter(Boolean);
  const [, count, unit = ''] = /^(\d+)([smh])$/.exec(flags['since']?.[0] ?? '1000h') ?? [];
  const from = Date.now() - Number(count) * UNITS[unit]!;
  const recent = lines.filter((line) => Date.parse((JSON.parse(line) as { time: string }).time) >= from);
  const tail = Number(flags['tail']?.[0] ?? 0);
  return said(
    recent
      .slice(-tail)
      .map((line) => `${line}\n`)
      .join(''),
  );
}

export async function rollout({ words: [action, ...names] }: Parsed, cluster: Cluster): Promise<Outcome> {
  const deployments = names.map((name) => deploymentOf(name, cluster));
  if (action === 'status') await Promise.all(deployments.map((each) => each.settled()));
  else if (action === 'restart' || action === 'undo') for (const each of deployments) each.roll();
  else if (action !== 'history') throw new Error(`the stand-in knows no rollout ${action}`);
  return said(`${action}\n`);
}

export function scale({ words, flags }: Parsed, cluster: Cluster): Outcome {
  for (const word of words) deploymentOf(word, cluster).scale(Number(flags['replicas']));
  return said('scaled\n');
}

export function deletePod({ words: [kind, name = ''] }: Parsed, { deployments }: Cluster): Outcome {
  if (kind !== 'pod') throw new Error('the stand-in deletes pods alone');
  const owner = Object.values(deployments).find(({ pods }) => pods.some((pod) => pod.name === name));
  if (!owner) throw new Error(`there is no pod ${name}`);
  owner.replace(name);
  return said(`pod "${name}" deleted\n`);
}

/** Goes on until whoever asked for it is ended: the answer never comes. */
export async function forward({ words: [word, ports = ''] }: Parsed, cluster: Cluster): Promise<Outcome> {
  const deployment = deploymentOf(word, cluster);
  const [local, remote] = ports.split(':').map(Number);
  const spec = cluster.chart.object('Deployment', deployment.name)['spec'].template.spec;
  const [container] = spec.containers as IContainer[];
  const port = container?.ports?.find(({ containerPort }) => containerPort === remote);
  if (!port) throw new Error(`the container has no port ${remote}`);
  const { origin, managementOrigin } = deployment.pods[0]!.service;
  const target = Number(new URL(port.name === 'management' ? managementOrigin : origin).port);
  const server = createServer((socket) => {
    const other = connect(target, '127.0.0.1');
    for (const each of [socket, other]) each.on('error', () => each.destroy());
    socket.pipe(other).pipe(socket);
  });
  cluster.forwards.add(server);
  server.listen(local, '127.0.0.1');
  return await new Promise<Outcome>((_resolve, reject) => server.once('error', reject));
}
