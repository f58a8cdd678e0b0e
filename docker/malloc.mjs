const MIB = 1024 ** 2;

/** How glibc's malloc serves a process that makes hashes of 19 MiB, as GLIBC_TUNABLES; ADR 19 has the figures. */
export const MALLOC = [
  // That memory stays with the process rather than go back to the kernel and come anew for the next hash.
  `mmap_threshold=${32 * MIB}`,
  `trim_threshold=${256 * MIB}`,
  // In pages of 2 MiB, where the kernel has them for who asks: a hash reads all over its memory. Of one arena, the only
  // one that glibc asks this for; what one hash leaves there serves whichever thread makes the next.
  'hugetlb=1',
  'arena_max=1',
]
  .map((setting) => `glibc.malloc.${setting}`)
  .join(':');
