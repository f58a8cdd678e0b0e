import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { NAMESPACE } from '../chart.js';
import type { Outcome } from '../programs.js';
import type { Parsed } from './call.js';
import { type Cluster, said } from './cluster.js';

const secretSchema = z.object({
  kind: z.literal('Secret'),
  metadata: z.object({ name: z.string(), namespace: z.literal(NAMESPACE).optional() }),
  data: z.record(z.string(), z.base64()).default({}),
  stringData: z.record(z.string(), z.string()).default({}),
});
const changeSchema = z.strictObject({
  stringData: z.record(z.string(), z.string()).default({}),
  spec: z.record(z.string(), z.unknown()).default({}),
});

/** `kubectl patch` of a Secret's keys, or of a field that the autoscaler has. */
export function patch({ words: [kind, name = ''], flags }: Parsed, input: string, cluster: Cluster): Outcome {
  if (flags['type']?.[0] !== 'merge') throw new Error('the stand-in merges alone');
  const { stringData, spec } = changeSchema.parse(parse(flags['p']?.[0] ?? input));
  if (kind === 'hpa') {
    const autoscaler = cluster.chart.object('HorizontalPodAutoscaler', name);
    assertKnown(Object.keys(spec), autoscaler['spec'], name);
  } else if (kind === 'secret') {
    const data = cluster.secrets.get(name) ?? {};
    assertKnown(Object.keys(stringData), data, name);
    keep(name, { ...data, ...stringData }, cluster);
  } else throw new Error(`the stand-in patches no ${kind}`);
  return said('patched\n');
}

function assertKnown(fields: string[], among: object, name: string): void {
  const unknown = fields.filter((field) => !(field in among));
  if (fields.length === 0 || unknown.length > 0) throw new Error(`${name} has no ${unknown.join(', ')}`);
}

/** `kubectl replace -f -` or `create -f -` of a Secret, and `create secret generic` of files. */
export function put({ verb, words, flags }: Parsed, input: string, cwd: string, cluster: Cluster): Outcome {
  const [name, data] = words.length > 0 ? ofFiles(words, flags, cwd) : ofYaml(input);
  cluster.chart.secret(name);
  if (cluster.secrets.has(name) === (verb === 'create')) throw new Error(`cannot ${verb} the Secret ${name}`);
  keep(name, data, cluster);
  return said(`secret/${name} ${verb}d\n`);
}

function ofYaml(input: string): [string, Record<string, string>] {
  const { metadata, data, stringData } = secretSchema.parse(parse(input));
  const texts = Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]);
  return [metadata.name, { ...Object.fromEntries(texts), ...stringData }];
}

function ofFiles(
  [kind, type, name = '']: string[],
  flags: Parsed['flags'],
  cwd: string,
): [string, Record<string, string>] {
  if (kind !== 'secret' || type !== 'generic') throw new Error('the stand-in creates generic Secrets alone');
  return [
    name,
    Object.fromEntries((flags['from-file'] ?? []).map((file) => [file, readFileSync(join(cwd, file), 'utf8')])),
  ];
}

function keep(name: string, data: Record<string, string>, { secrets, deployments }: Cluster): void {
  secrets.set(name, data);
  for (const each of Object.values(deployments)) each.mount();
}
