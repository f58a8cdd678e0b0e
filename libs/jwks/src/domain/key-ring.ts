import type { PublicJwk } from './jwk.js';
import { keyError } from './key-error.js';
import type { SigningKey } from './signing-key.js';

/** How far the clocks of replicas and sisters may be apart. */
export const MAX_CLOCK_SKEW_SECONDS = 60;

/** `next` is published and waits, `signing` signs, `retired` still verifies, `gone` is no longer published. */
export type KeyState = 'next' | 'signing' | 'retired' | 'gone';

/** A key that must not be trusted any more. Its `kid` is unknown where an operator wrote the entry by hand. */
export interface RevokedKey {
  readonly kid: string | undefined;
  readonly activatesAt: Date;
  readonly revokedAt: Date;
}

interface Place {
  readonly key: SigningKey;
  /** Signs from here (inclusive), ms. */
  readonly from: number;
  /** Signs until here (exclusive): the next key's activation, ms. */
  readonly until: number;
  /** Published until here (exclusive), ms. */
  readonly gone: number;
}

/**
 * The signing keys and what each is for at a given moment. Time alone decides, not a call: replicas that hold the same
 * keys publish a key before any of them signs with it, without talking to one another. Immutable; a changed directory
 * makes a new ring.
 */
export class KeyRing {
  /** By activation; of keys that activate together the later kid signs, on every replica. */
  private readonly places: readonly Place[];
  private readonly byKid: ReadonlyMap<string, Place>;

  /**
   * @param tokenTtlSeconds the longest an access token lives: a retired key stays that long, plus the skew
   * @param revoked keys that are neither published nor accepted and never sign, also where `keys` holds one of them
   * @throws DomainError `keys.duplicate` when two files hold one key
   */
  constructor(
    keys: readonly SigningKey[],
    tokenTtlSeconds: number,
    readonly revoked: readonly RevokedKey[] = [],
  ) {
    const stayMs = (tokenTtlSeconds + MAX_CLOCK_SKEW_SECONDS) * 1000;
    const dead = new Set(revoked.map(({ kid }) => kid));
    const sorted = keys
      .filter(({ kid }) => !dead.has(kid))
      .toSorted((a, b) => a.activatesAt.getTime() - b.activatesAt.getTime() || compare(a.kid, b.kid));
    this.places = sorted.map((key, index) => {
      const from = key.activatesAt.getTime();
      const until = sorted[index + 1]?.activatesAt.getTime() ?? Infinity;
      return { key, from, until, gone: Math.max(until, lastSigned(from, until, revoked) + stayMs) };
    });
    this.byKid = indexByKid(this.places);
  }

  /**
   * The key to sign with: the newest one that is active.
   * @throws DomainError `keys.none-active` before the first activation
   */
  signing(now: Date): SigningKey {
    const place = this.places.find((candidate) => stateOf(candidate, now.getTime()) === 'signing');
    if (!place) throw keyError('none-active', 'no signing key is active yet');
    return place.key;
  }

  /** The key that a token names, if it is published at the moment. */
  find(kid: string, now: Date): SigningKey | undefined {
    const place = this.byKid.get(kid);
    return place && now.getTime() < place.gone ? place.key : undefined;
  }

  /** What the JWK set holds, oldest activation first: the order is the same on every replica, and so is the ETag. */
  published(now: Date): PublicJwk[] {
    return this.places.filter((place) => now.getTime() < place.gone).map((place) => place.key.publicJwk);
  }

  /** When `published` next answers differently, in ms since 1970; Infinity when nothing is due. */
  nextChangeAt(now: Date): number {
    return Math.min(...this.places.map(({ gone }) => gone).filter((gone) => now.getTime() < gone));
  }

  /** The same as whole seconds from now, rounded down: a cache that holds that long never holds too long. */
  nextChange(now: Date): number {
    return Math.floor((this.nextChangeAt(now) - now.getTime()) / 1000);
  }

  /** Each key with its state and when that state ends (null: never), oldest activation first. */
  states(now: Date): { key: SigningKey; state: KeyState; endsAt: Date | null }[] {
    return this.places.map((place) => {
      const state = stateOf(place, now.getTime());
      const end = { next: place.from, signing: place.until, retired: place.gone, gone: Infinity }[state];
      return { key: place.key, state, endsAt: Number.isFinite(end) ? new Date(end) : null };
    });
  }

  /**
   * What a ring that takes this one's place no longer trusts without saying that it is revoked: keys whose tokens still
   * live.
   */
  lostIn(other: KeyRing, now: Date): SigningKey[] {
    const known = new Set([...other.places.map(({ key }) => key.kid), ...other.revoked.map(({ kid }) => kid)]);
    const lost = this.places.filter((place) => place.from <= now.getTime() && now.getTime() < place.gone);
    return lost.map(({ key }) => key).filter(({ kid }) => !known.has(kid));
  }

  /** How many keys are in each published state: the metric `identity_signing_keys{state}`. */
  count(now: Date): Record<Exclude<KeyState, 'gone'>, number> {
    const counts = { next: 0, signing: 0, retired: 0, gone: 0 };
    for (const place of this.places) counts[stateOf(place, now.getTime())] += 1;
    return { next: counts.next, signing: counts.signing, retired: counts.retired };
  }
}

/**
 * When a key last signed: at the activation of the next one, or of one between them that signed until then and has been
 * revoked since. So a key that is gone does not come back because its successor is revoked.
 */
function lastSigned(from: number, next: number, revoked: readonly RevokedKey[]): number {
  const between = revoked
    .map(({ activatesAt, revokedAt }) => ({ began: activatesAt.getTime(), ended: revokedAt.getTime() }))
    .filter(({ began, ended }) => began > from && ended >= next + MAX_CLOCK_SKEW_SECONDS * 1000);
  return Math.min(next, ...between.map(({ began }) => began));
}

/** By code units: a locale must not decide which key signs. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function indexByKid(places: readonly Place[]): Map<string, Place> {
  const index = new Map<string, Place>();
  for (const place of places) {
    const { kid, file } = place.key;
    const twin = index.get(kid)?.key.file;
    if (twin !== undefined) throw keyError('duplicate', `${twin} and ${file} hold the same key (kid ${kid})`);
    index.set(kid, place);
  }
  return index;
}

function stateOf(place: Place, now: number): KeyState {
  if (now < place.from) return 'next';
  if (now < place.until) return 'signing';
  return now < place.gone ? 'retired' : 'gone';
}
