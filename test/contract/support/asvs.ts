import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as prettier from 'prettier';
import { parse } from 'yaml';
import { z } from 'zod';

/** `npm run asvs` writes the page that a test compares. */
const ROOT = join(import.meta.dirname, '../../..');
const FOLDER = join(ROOT, 'docs/security');
export const PAGE = join(FOLDER, 'asvs.md');

const STATES = ['proven', 'argued', 'not applicable', 'open'] as const;
type State = (typeof STATES)[number];

const requirement = z.strictObject({
  id: z.string().regex(/^\d+\.\d+\.\d+$/),
  level: z.union([z.literal(1), z.literal(2), z.literal(3)]),
  what: z.string().min(5),
  state: z.enum(STATES),
  /** Proven: what the tests leave to be said. Else: why. */
  why: z.string().min(9).optional(),
});
type Requirement = z.infer<typeof requirement>;

const list = z.strictObject({
  /** 0 holds what tests prove of the chapters that are not gone through. */
  chapters: z.array(z.strictObject({ number: z.number(), title: z.string(), requirements: z.array(requirement) })),
});

/** A test by its name, without the ids in it. */
interface Proof {
  file: string;
  title: string;
}

/** What is claimed of each requirement: docs/security/asvs.yaml. */
export function readRequirements() {
  return list.parse(parse(readFileSync(join(FOLDER, 'asvs.yaml'), 'utf8'))).chapters;
}

/** What the names of tests claim, by id. Tables of cases below test/security/support count: tests are named by them. */
export function readProofs(): Map<string, Proof[]> {
  const proofs = new Map<string, Proof[]>();
  const patterns = ['{apps,libs}/**/*.{spec,int}.ts', 'test/**/*.{test,timing}.ts', 'test/security/support/*.ts'];
  for (const file of globSync(patterns, { cwd: ROOT, exclude: ['**/node_modules/**'] }).toSorted())
    for (const { ids, title } of titlesIn(readFileSync(join(ROOT, file), 'utf8')))
      for (const id of ids) proofs.set(id, [...(proofs.get(id) ?? []), { file, title }]);
  return proofs;
}

/** `[ASVS 6.2.1, 6.2.9]` in a text of one line, with the name of the `describe` around it. */
export function titlesIn(source: string): { ids: string[]; title: string }[] {
  const texts = [...source.matchAll(/^( *).*?(['"`])((?:(?!\2)[^\\\n]|\\.)*\[ASVS [^\n]*?)\2[,)\s]/gm)];
  const groups = [...source.matchAll(/^(?:describe\b[^\n]*?|\]\))\((['"`])(.*?)\1,/gm)];
  return texts.map(({ index, 1: indent, 3: text = '' }) => {
    const around = indent === '' ? undefined : groups.findLast((group) => group.index < index);
    return {
      ids: [...text.matchAll(/\[ASVS ([^\]]*)\]/g)].flatMap(([, ids = '']) => ids.split(', ')),
      title: [around?.[2], text].flatMap((part) => inGeneral(part) || []).join(' › '),
    };
  });
}

/** Without its ids, and for every case of its table. */
function inGeneral(text = ''): string {
  return text
    .replaceAll(/ ?\[ASVS [^\]]*\] ?/g, ' ')
    .replaceAll(/%[sdij]|\$\w+/g, '…')
    .trim();
}

/** The whole page, as it stands in docs/security/asvs.md. */
export async function renderPage(): Promise<string> {
  const chapters = readRequirements();
  const proofs = readProofs();
  const page = [
    '# OWASP ASVS 5.0.0, chapter by chapter',
    'Written by `npm run asvs` from [asvs.yaml](asvs.yaml) and from the names of tests: do not edit. The words are ours; ' +
      'what is asked stands in [the standard](https://github.com/OWASP/ASVS/tree/v5.0.0/5.0/en) under the same numbers.',
    '**Proven**: a test that carries the id fails when it no longer holds; the last column names it. **Argued**: it holds ' +
      'for the reason given. **Open**: it does not hold, or not wholly, and what would close it. Chapters 1 to 5, 10, 12, ' +
      '15 and 17 are not gone through here.',
    summaryOf(chapters),
    ...chapters.map(({ number, title, requirements }) =>
      [
        number === 0 ? '## Of other chapters' : `## ${number}. ${title}`,
        table(
          ['', 'level', 'what', 'state', 'by what'],
          requirements.map((each) => [each.id, each.level, each.what, each.state, proofOf(each, proofs.get(each.id))]),
        ),
      ].join('\n\n'),
    ),
  ].join('\n\n');
  return await prettier.format(page, { ...(await prettier.resolveConfig(PAGE)), parser: 'markdown' });
}

function summaryOf(chapters: ReturnType<typeof readRequirements>): string {
  const counted = chapters.filter(({ number }) => number > 0);
  const all = counted.flatMap(({ requirements }) => requirements);
  const row = (name: string, of: Requirement[]) => [name, ...STATES.map((state) => count(of, state)), of.length];
  return table(
    ['', ...STATES, 'in all'],
    [
      ...counted.map(({ number, title, requirements }) => row(`${number}. ${title}`, requirements)),
      ...[1, 2, 3].map((level) => row(`level ${level}`, all.filter((each) => each.level === level))), // prettier-ignore
      row('all', all),
    ],
  );
}

const count = (of: Requirement[], state: State) => of.filter((each) => each.state === state).length;

function proofOf({ why }: Requirement, proofs: Proof[] = []): string {
  const links = proofs.map(
    ({ file, title }) => `[${title.replaceAll(/[[\]]/g, String.raw`\$&`)}](${relative(FOLDER, join(ROOT, file))})`,
  );
  return [...links, ...(why === undefined ? [] : [why])].join('<br>');
}

function table(head: string[], rows: (string | number)[][]): string {
  const line = (cells: (string | number)[]) =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

if (import.meta.main) writeFileSync(PAGE, await renderPage());
