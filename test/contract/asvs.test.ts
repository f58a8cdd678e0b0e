import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PAGE, readProofs, readRequirements, renderPage, titlesIn } from './support/asvs.js';

/** How many requirements each section of a chapter has in ASVS 5.0.0, as released on 30 May 2025. */
const SECTIONS: Record<number, number[]> = {
  6: [3, 12, 8, 6, 8, 4, 2, 4],
  7: [3, 4, 2, 5, 3, 2],
  8: [4, 4, 3, 2],
  9: [3, 4],
  11: [4, 5, 5, 4, 2, 2, 2],
  13: [4, 6, 4, 7],
  14: [2, 8, 3],
  16: [1, 5, 4, 3, 4],
};
/** And how many are of level 1, 2 and 3. */
const LEVELS: Record<number, [number, number, number]> = {
  6: [13, 22, 12],
  7: [6, 12, 1],
  8: [4, 3, 6],
  9: [4, 3, 0],
  11: [3, 11, 10],
  13: [1, 12, 8],
  14: [2, 7, 4],
  16: [0, 16, 1],
};

const chapters = readRequirements();
const requirements = chapters.flatMap((chapter) => chapter.requirements);
const proofs = readProofs();

describe('docs/security/asvs.md', () => {
  it('is what its table and the names of tests say: `npm run asvs` writes it', async () => {
    expect(readFileSync(PAGE, 'utf8')).toBe(await renderPage());
  });

  it('has every requirement of its chapters, once, in order, with its level', () => {
    const [others, ...gone] = chapters.toSorted((a, b) => a.number - b.number);
    expect(others?.number).toBe(0);
    expect(gone.map(({ number }) => String(number))).toEqual(Object.keys(SECTIONS));
    for (const { number, requirements: of } of gone) {
      const sections = SECTIONS[number] ?? [];
      expect(of.map(({ id }) => id)).toEqual(
        sections.flatMap((size, at) => Array.from({ length: size }, (_, index) => `${number}.${at + 1}.${index + 1}`)),
      );
      expect([number, [1, 2, 3].map((level) => of.filter((each) => each.level === level).length)]).toEqual([
        number,
        LEVELS[number],
      ]);
    }
  });

  it('calls proven what tests carry the id of, and nothing else', () => {
    const claimed = requirements.filter(({ state }) => state === 'proven').map(({ id }) => id);
    expect([...proofs.keys()].toSorted()).toEqual(claimed.toSorted());
  });

  it('says why of everything else, and what would close what is open', () => {
    const unproven = requirements.filter(({ state }) => state !== 'proven');
    expect(unproven.filter(({ why }) => why === undefined).map(({ id }) => id)).toEqual([]);
    const open = requirements.filter(({ state }) => state === 'open');
    expect(open.filter(({ why }) => !why?.includes('Closed ')).map(({ id }) => id)).toEqual([]);
  });
});

/** Written so that this file claims nothing itself. */
const written = (text: string) => text.replaceAll('[id ', '[ASVS ');

it.each([
  ["it('does so [id 6.1.1]', () => {", [{ ids: ['6.1.1'], title: 'does so' }]],
  ["describe('[id 6.1.1, 6.1.2] after it', () => {", [{ ids: ['6.1.1', '6.1.2'], title: 'after it' }]],
  ["describe('a door', () => {\n  it('is shut [id 6.1.1]', () => {", [{ ids: ['6.1.1'], title: 'a door › is shut' }]],
  ['])("somebody\'s [id 6.1.1]", () => {', [{ ids: ['6.1.1'], title: "somebody's" }]],
  ["    name: 'with a foreign key [id 6.1.1]',", [{ ids: ['6.1.1'], title: 'with a foreign key' }]],
  ["])('refuses %s [id 6.1.1]', () => {", [{ ids: ['6.1.1'], title: 'refuses …' }]],
  ['// what [id 6.1.1] asks for', []],
])('a name is read: %s', (source, expected) => {
  expect(titlesIn(written(source))).toEqual(expected);
});
