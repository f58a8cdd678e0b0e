import 'reflect-metadata';
import { explain } from './explain.js';
import { createProgram } from './program.js';

try {
  await createProgram().parseAsync();
} catch (error) {
  process.stderr.write(`identity: ${explain(error)}\n`);
  process.exit(1); // connections that were opened before the failure would keep the process alive
}
