import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { once } from 'node:events';
import { Command, Option } from 'commander';
import type { PolicyFormat } from '@identity/policy';
import { DomainError } from '@platform/kernel';
import { POLICY_FORMATS } from '../../choices.js';
import { print } from '../../output.js';
import { withService } from '../../with-service.js';

const OPERATOR = { type: 'operator' } as const;

interface ImportOptions {
  format?: PolicyFormat;
  createMissing?: boolean;
}

export function importCommand(): Command {
  return new Command('import')
    .description('write the definitions of a file, all of them or none; those that are there already stay')
    .argument('<file>', 'CSV with a heading, or a JSON array')
    .addOption(new Option('--format <format>', "of the file; by default its name's ending").choices(POLICY_FORMATS))
    .option('--create-missing', 'make the roles and permissions that are named and not there')
    .action(async (path: string, options: ImportOptions, command: Command) => {
      const file = { content: await readFile(path, 'utf8'), format: options.format ?? formatOf(path) };
      const onProgress = (done: number, all: number) => process.stderr.write(`${done} of ${all}\n`);
      const { createMissing } = options;
      const { ImportPolicies } = await import('../../libraries/policy.js');
      const counts = await withService((service) =>
        service.get(ImportPolicies).execute(file, OPERATOR, { createMissing, onProgress }),
      ).catch(tellFaults);
      print(command, counts);
    });
}

export function exportCommand(): Command {
  return new Command('export')
    .description('write all definitions to standard output, as an import takes them')
    .addOption(new Option('--format <format>', 'of the output').choices(POLICY_FORMATS).default('csv'))
    .action(async ({ format }: { format: PolicyFormat }) => {
      const { ExportPolicies } = await import('../../libraries/policy.js');
      await withService(async (service) => {
        for await (const piece of service.get(ExportPolicies).execute(format))
          if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
      });
    });
}

function formatOf(path: string): PolicyFormat {
  const format = POLICY_FORMATS.find((each) => extname(path) === `.${each}`);
  if (!format) throw new Error('say what the file is: --format csv or --format json');
  return format;
}

function tellFaults(error: unknown): never {
  if (!(error instanceof DomainError) || !error.errors?.length) throw error;
  for (const { path, message } of error.errors) process.stderr.write(`${path}: ${message}\n`);
  throw new Error('nothing was imported');
}
