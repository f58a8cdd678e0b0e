import { execFile, execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '@platform/testing';

/** A breach of a rule of the house, and what names it. */
interface Breach {
  what: string;
  /** The script of package.json that must refuse it. */
  script: 'rules' | 'unused' | 'lint';
  file: string;
  /** Appended to the file, which is made if there is none. */
  text: string;
  /** What the refusal says: the rule, or what is dead. */
  says: RegExp;
}

const BREACHES: Breach[] = [
  {
    what: 'a path into another library',
    script: 'rules',
    file: 'libs/auth/src/application/sign-in.ts',
    text: "import '../../../users/src/domain/email.js';",
    says: /error doors-only-between-libraries: libs\/auth\/src\/application\/sign-in\.ts/,
  },
  {
    what: 'a feature that is not to be known',
    script: 'rules',
    file: 'libs/jwks/src/application/generate-key.ts',
    text: "import type { Directory as Planted } from '@identity/users';\nexport type { Planted };",
    says: /error jwks-imports: /,
  },
  {
    what: 'a cycle, were it of types alone',
    script: 'rules',
    file: 'libs/policy/src/application/roles.ts',
    text: "import type { PolicyModule as Planted } from '../policy.module.js';\nexport type { Planted };",
    says: /error no-cycles: libs\/policy\/src\/application\/roles\.ts/,
  },
  {
    what: 'SQL outside its room',
    script: 'rules',
    file: 'libs/users/src/application/own-account.ts',
    text: "import { DataSource as Planted } from 'typeorm';\nexport { Planted };",
    says: /error room-of-typeorm: libs\/users\/src\/application\/own-account\.ts/,
  },
  {
    what: 'a layer upside down',
    script: 'rules',
    file: 'libs/auth/src/domain/session/session.ts',
    text: "import type { SignIn as Planted } from '../../application/sign-in.js';\nexport type { Planted };",
    says: /error layers-domain: /,
  },
  {
    what: 'Nest in what sisters without it install',
    script: 'rules',
    file: 'libs/identity-client/src/hooks.ts',
    text: "import { Injectable as Planted } from '@nestjs/common';\nexport { Planted };",
    says: /error identity-client-imports: /,
  },
  {
    what: 'a library of ours in what sisters install',
    script: 'rules',
    file: 'libs/identity-client/src/nest/tokens.ts',
    text: "import { systemClock as planted } from '@platform/kernel';\nexport { planted };",
    says: /error identity-client-nest-imports: /,
  },
  {
    what: 'a dead export',
    script: 'unused',
    file: 'libs/users/src/domain/profile.ts',
    text: 'export const planted = 1;',
    says: /Unused exports[^]*planted\s+libs\/users\/src\/domain\/profile\.ts/,
  },
  {
    what: 'a dead file',
    script: 'unused',
    file: 'libs/users/src/domain/planted.ts',
    text: 'export const planted = 1;',
    says: /Unused files[^]*libs\/users\/src\/domain\/planted\.ts/,
  },
  {
    what: 'a setting that is not checked',
    script: 'lint',
    file: 'libs/users/src/domain/profile.ts',
    text: 'export const planted = process.env.PLANTED;',
    says: /node\(no-process-env\)/,
  },
  {
    what: 'a promise that nobody awaits',
    script: 'lint',
    file: 'libs/users/src/domain/profile.ts',
    text: 'Promise.reject(new Error());',
    says: /typescript\(no-floating-promises\)/,
  },
  {
    what: 'a forwardRef',
    script: 'lint',
    file: 'libs/users/src/users.module.ts',
    text: "export { forwardRef } from '@nestjs/common';",
    says: /eslint\(no-restricted-imports\)/,
  },
  {
    what: 'a test that keeps the others from running',
    script: 'lint',
    file: 'libs/users/src/domain/planted.spec.ts',
    text: "import { expect, it } from 'vitest';\nit.only('is alone', () => expect(1).toBe(1));",
    says: /vitest\(no-focused-tests\)/,
  },
];

const root = projectRoot();
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'nx-identity-house-'));
  const listed = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const files = execFileSync('git', listed, { cwd: root, encoding: 'utf8' }).split('\0');
  for (const file of files.filter((each) => each && existsSync(join(root, each)))) {
    cpSync(join(root, file), join(copy, file));
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
});

it('is kept by the project as it stands', async () => {
  const results = await Promise.all((['rules', 'unused', 'lint'] as const).map(run));
  expect(results.filter(({ code }) => code !== 0)).toEqual([]);
}, 120_000);

describe.each(['rules', 'unused', 'lint'] as const)('npm run %s', (script) => {
  const breaches = BREACHES.filter((breach) => breach.script === script);
  let refusal: Awaited<ReturnType<typeof run>>;

  // All at once, since a run takes ten seconds: each breach has a rule of its own that names it.
  beforeAll(async () => {
    const restorations = breaches.map(plant);
    refusal = await run(script);
    for (const restore of restorations.toReversed()) restore();
  }, 120_000);

  it.each(breaches)('refuses $what', ({ says }) => {
    expect(refusal.output).toMatch(says);
    expect(refusal.code).toBeGreaterThan(0);
  });
});

function plant({ file, text }: Breach): () => void {
  const path = join(copy, file);
  const before = existsSync(path) ? readFileSync(path) : undefined;
  appendFileSync(path, `\n${text}\n`);
  return () => {
    if (before) writeFileSync(path, before);
    else rmSync(path);
  };
}

/** Runs a script of package.json in the copy, as npm would. */
async function run(script: Breach['script']): Promise<{ code: number; output: string }> {
  const env = {
    ...process.env,
    NO_COLOR: '1',
    PATH: `${join(copy, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
  };
  return await new Promise((resolve) => {
    const child = execFile('sh', ['-c', scripts[script] ?? 'false'], { cwd: copy, env }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? 1, output: stdout + stderr });
    });
  });
}
