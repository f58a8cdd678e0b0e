import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '@platform/testing';

const root = projectRoot();
const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
const DEV = 'dev'; // starts the others as processes of their own
const ALONE = 'identity-client'; // what sisters install knows none of us

const [, graphOfFeatures = '', graphOfPlatform = ''] =
  /```mermaid\ngraph TD\n(.*?)\n {2}subgraph platform\n(.*?)\n {2}end/s.exec(page) ?? [];

/** `auth --> users & jwks` of a graph, by what stands before the arrow. */
function drawn(graph: string): Map<string, string[]> {
  const arrows = [...graph.matchAll(/^ +([a-z-]+)(?:\[[^\]]+\])? --> (.+)$/gm)];
  return new Map(arrows.map(([, from = '', to = '']) => [from, to.split(' & ').toSorted()]));
}

/** Which of our libraries a folder imports by their doors, tests left out. */
function imported(folder: string, door: RegExp): string[] {
  const files = globSync(`${folder}/src/**/*.ts`, { cwd: root }).filter(
    (file) => !/\.(?:spec|int)\.ts$|\/testing\//.test(file),
  );
  const names = files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(door)].map((found) => found.slice(1).find(Boolean) ?? ''),
  );
  return [...new Set(names)].toSorted();
}
/** All of the platform is one. */
const FEATURE = /from '(?:@identity\/([a-z-]+)|@(platform)\/|(nest-casbin)')/g;
const PLATFORM = /from '@platform\/([a-z]+)/g;

const foldersOf = (path: string) =>
  readdirSync(join(root, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

describe('docs/architecture.md', () => {
  it('draws who imports whom', () => {
    const apps = foldersOf('apps').filter((name) => name !== DEV);
    const libraries = foldersOf('libs').filter((name) => !['platform', 'nest-casbin', ALONE].includes(name));
    const actual = [...apps.map((name) => `apps/${name}`), ...libraries.map((name) => `libs/${name}`)].map(
      (folder) => [folder.split('/')[1], imported(folder, FEATURE)] as const,
    );
    expect(actual.length).toBeGreaterThan(7);
    expect(drawn(graphOfFeatures)).toEqual(new Map(actual));
  });

  it('and in the platform', () => {
    const actual = foldersOf('libs/platform')
      .filter((name) => name !== 'testing') // of tests alone
      .map((name) => [name, imported(`libs/platform/${name}`, PLATFORM)] as const)
      .filter(([, names]) => names.length > 0);
    expect(actual.length).toBeGreaterThan(7);
    expect(drawn(graphOfPlatform)).toEqual(new Map(actual));
  });

  it('gives every library its row', () => {
    const [, table = ''] = /\| library .*?\n(.*?)\n\n/s.exec(page) ?? [];
    const named = [...table.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = '']) => {
      const names = [...cell.matchAll(/`([a-z/-]+)`/g)].map(([, name = '']) => name);
      return cell.includes('platform/') ? names.map((name) => name.replace(/^(?:platform\/)?/, 'platform/')) : names;
    });
    const features = foldersOf('libs').filter((name) => name !== 'platform');
    const platform = foldersOf('libs/platform').map((name) => `platform/${name}`);
    expect(named.toSorted()).toEqual([...features, ...platform].toSorted());
  });
});

it('decisions are numbered without a gap, and each begins with its number', () => {
  const files = readdirSync(join(root, 'docs/adr')).filter((name) => name !== 'README.md');
  for (const [index, file] of files.toSorted().entries()) {
    expect(file).toMatch(new RegExp(`^${String(index + 1).padStart(4, '0')}-[a-z-]+\\.md$`));
    expect(readFileSync(join(root, 'docs/adr', file), 'utf8')).toMatch(new RegExp(`^# ${index + 1}\\. `));
  }
});
