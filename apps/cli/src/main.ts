import 'reflect-metadata';
import { explain } from './explain.js';
import { createProgram } from './program.js';

try {
  await createProgram(await versionIfAsked()).parseAsync();
} catch (error) {
  process.stderr.write(`identity: ${explain(error)}\n`);
  process.exit(1); // connections that were opened before the failure would keep the process alive
}

/** Loaded for nobody else: what it comes with takes longer than any help. */
async function versionIfAsked(): Promise<string> {
  if (!['-V', '--version'].includes(process.argv[2] ?? '')) return '';
  return (await import('./libraries/config.js')).packageVersion(import.meta.dirname);
}
