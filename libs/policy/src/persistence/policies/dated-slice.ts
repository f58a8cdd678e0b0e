import { intern } from '../../domain/intern.js';
import { PolicySlice } from '../../domain/policy-slice.js';
import type { SliceRow } from '../../domain/slice-row.js';
import type { Dated } from './policy-changes.js';
import { Snapshot } from './snapshot.js';
import { tellUnusable } from './tell-unusable.js';

/** What a slice takes in memory beside what it is read from, whose length the rest comes to; measured with 20 lines. */
const BYTES = 500;

/** A slice and the moment it was read. */
export interface DatedSlice extends Dated {
  slice: PolicySlice;
  /** In memory, roughly. */
  bytes: number;
}

/** A subject's row as PostgreSQL gives it, and as Redis keeps it. */
export interface SliceText {
  snapshot: string;
  names: string[];
  /** JSON of SliceRow[]; null where there is none. */
  lines: string | null;
}

/**
 * Reads what a store keeps of a subject, and tells of definitions that say nothing.
 * @param subject as `nameOf` names it
 * @param readAt on this process's monotonic clock
 */
export function datedSlice(subject: string, { snapshot, names, lines }: SliceText, readAt: number): DatedSlice {
  const slice = new PolicySlice(subject, JSON.parse(lines ?? '[]') as SliceRow[]);
  tellUnusable(subject, slice.unusable);
  return {
    slice,
    names: names.map(intern),
    snapshot: new Snapshot(snapshot),
    readAt,
    checked: 0,
    bytes: BYTES + (lines?.length ?? 0),
  };
}
