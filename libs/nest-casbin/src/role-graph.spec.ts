import { DefaultRoleManager } from 'casbin';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RoleGraph } from './role-graph.js';

const NAMES = Array.from({ length: 14 }, (_, index) => `n${index}`);
const name = fc.constantFrom(...NAMES);
const domain = fc.constantFrom('x', 'y');
/** Links between neighbours make the long chains that chance alone does not. */
const neighbours = fc.nat(NAMES.length - 2).map((index) => [`n${index}`, `n${index + 1}`] as const);
const link = fc.tuple(fc.oneof(fc.tuple(name, name), neighbours), domain);

it('finds the links that Casbin’s own manager finds, as deep as that looks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(link, { maxLength: 24 }), fc.array(link, { maxLength: 4 }), async (links, gone) => {
      const [ours, theirs] = [new RoleGraph(), new DefaultRoleManager(10)];
      for (const manager of [ours, theirs]) {
        for (const [[from, to], where] of links) await manager.addLink(from, to, where);
        for (const [[from, to], where] of gone) await manager.deleteLink(from, to, where);
      }
      for (const from of NAMES) {
        for (const to of NAMES) {
          const asked = [from, to, 'x'] as const;
          expect([asked, ours.syncedHasLink(...asked)]).toEqual([asked, theirs.syncedHasLink(...asked)]);
        }
        expect((await ours.getRoles(from, 'x')).toSorted()).toEqual((await theirs.getRoles(from, 'x')).toSorted());
        expect((await ours.getUsers(from, 'x')).toSorted()).toEqual((await theirs.getUsers(from, 'x')).toSorted());
      }
    }),
  );
});

it('follows ten links and no eleventh, and sees a link that comes later', async () => {
  const graph = new RoleGraph();
  for (let index = 0; index < 11; index += 1) graph.link(`n${index}`, `n${index + 1}`);
  expect([graph.syncedHasLink('n0', 'n10'), graph.syncedHasLink('n0', 'n11')]).toEqual([true, false]);
  graph.link('n0', 'n5');
  expect(await graph.hasLink('n0', 'n11')).toBe(true);
  await graph.clear();
  expect(await graph.hasLink('n0', 'n1')).toBe(false);
});
