import { readFileSync } from 'node:fs';
import { env } from 'node:process';
import { z } from 'zod';

const configSchema = z.object({
  User: z.string(),
  WorkingDir: z.string(),
  Env: z.array(z.string()),
  Entrypoint: z.array(z.string()),
  Healthcheck: z.object({ Test: z.tuple([z.literal('CMD')], z.string()) }),
  ExposedPorts: z.record(z.string(), z.object({})),
  Labels: z.record(z.string(), z.string()),
});

const fileSchema = z.object({ config: configSchema });

/** The image as `.ci/image/check` unpacked it. */
export interface Image {
  /** Folder that holds its root file system. */
  root: string;
  config: z.infer<typeof configSchema>;
}

/** @throws Error unless `IMAGE_ROOT` and `IMAGE_CONFIG` name the root file system and the configuration in JSON */
export function readImage(): Image {
  const { IMAGE_ROOT: root, IMAGE_CONFIG: file } = env;
  if (!root || !file) throw new Error('IMAGE_ROOT and IMAGE_CONFIG are missing: run .ci/image/check');
  const { config } = fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  return { root, config };
}
