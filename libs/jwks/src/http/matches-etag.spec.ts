import { describe, expect, it } from 'vitest';
import { matchesEtag } from './matches-etag.js';

const etag = '"abc"';

describe('If-None-Match', () => {
  it.each(['"abc"', 'W/"abc"', '*', ' * ', '"x", "abc"', '"x",W/"abc" , "y"', '"a,b", "abc"'])(
    '%s matches',
    (header) => {
      expect(matchesEtag(header, etag)).toBe(true);
    },
  );

  it.each([undefined, '', 'abc', '"ab"', '"ABC"', '"x", "y"', '"x,abc"', '"abc', 'w', '**'])(
    '%s does not',
    (header) => {
      expect(matchesEtag(header, etag)).toBe(false);
    },
  );
});
