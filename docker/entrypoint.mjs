// What a container runs: one image, RUN_MODE decides which process it is.
const MODES = {
  api: '../dist/apps/api/apps/api/src/main.js',
  worker: '../dist/apps/worker/apps/worker/src/main.js',
  migrate: '../dist/apps/cli/apps/cli/src/main.js',
};

const mode = process.env.RUN_MODE || 'api';
const main = MODES[mode];
if (!main) {
  process.stderr.write(`RUN_MODE: wants one of ${Object.keys(MODES).join(', ')}\n`);
  process.exit(1);
}
if (mode === 'migrate') process.argv.push('migrate');
await import(new URL(main, import.meta.url).href);
