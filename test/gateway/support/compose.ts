import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { projectRoot } from '@platform/testing';

const command = z.array(z.string());
const seconds = z
  .string()
  .regex(/^\d+s$/)
  .transform((text) => Number.parseInt(text, 10));
const health = z.object({
  test: z.tuple([z.literal('CMD')], z.string()),
  interval: seconds,
  timeout: seconds,
  retries: z.number(),
});
const api = z.object({
  labels: z.array(z.string()),
  environment: z.record(z.string(), z.string()),
  healthcheck: health,
  pre_stop: z.array(z.object({ command })),
  stop_grace_period: seconds,
});
const model = z.object({
  services: z.object({
    gateway: z.object({ command, labels: z.array(z.string()) }),
    docker: z.object({ environment: z.record(z.string(), z.string()) }),
    api,
    'api-2': api,
  }),
});

/** A replica of the API as docker/compose.yaml describes it. */
export type ApiService = z.infer<typeof api>;

const anyService = z.object({
  image: z.string(),
  user: z.string().optional(),
  restart: z.string().optional(),
  read_only: z.boolean().optional(),
  cap_add: z.array(z.string()).optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
  ports: z.array(z.object({ host_ip: z.string().optional() })).optional(),
  volumes: z.array(z.object({ source: z.string(), read_only: z.boolean().optional() })).optional(),
  networks: z.record(z.string(), z.unknown()).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
  healthcheck: z.looseObject({}).optional(),
  deploy: z.object({ resources: z.object({ limits: z.object({ memory: z.string() }) }) }),
});

/** docker/compose.yaml as compose itself reads it, with the defaults of its variables. */
function readModel(): unknown {
  const file = join(projectRoot(), 'docker/compose.yaml');
  const text = execFileSync('compose-spec', ['-format', 'json', file], { env: { PATH: process.env.PATH } });
  return JSON.parse(text.toString());
}

/** The services that the gateway is made of. */
export function readCompose(): z.infer<typeof model>['services'] {
  return model.parse(readModel()).services;
}

/** All services, those of the profile as well. */
export function readAllServices(): Record<string, z.infer<typeof anyService>> {
  return z.object({ services: z.record(z.string(), anyService) }).parse(readModel()).services;
}

/** Labels by their names. */
export function labelsOf({ labels }: { labels: string[] }): Record<string, string> {
  return Object.fromEntries(labels.map((label) => [label.split('=', 1)[0] ?? '', label.slice(label.indexOf('=') + 1)]));
}

/** What a command of the file is on this machine: the scripts that it mounts are in docker/. */
export function onThisMachine(words: string[]): string[] {
  const [program = '', ...rest] = words;
  const scripts = join(projectRoot(), 'docker/compose/');
  return [
    program === 'node' ? process.execPath : program,
    ...rest.map((word) => word.replace('/opt/compose/', scripts)),
  ];
}
