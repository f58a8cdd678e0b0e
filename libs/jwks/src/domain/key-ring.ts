import type { PublicJwk } from './jwk.js';
import { keyError } from './key-error.js';
import type { SigningKey } from './signing-key.js';

/** How far the clocks of replicas and sisters may be apart. */
const MAX_CLOCK_SKEW_SECONDS = 60;

/** `next` is published and waits, `signing` signs, `retired` still verifies, `gone` is no longer published. */
export type KeyState = 'next' | 'signing' | 'retired' | 'gone';

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
   * @throws DomainError `keys.duplicate` when two files hold one key
   */
  constructor(keys: readonly SigningKey[], tokenTtlSeconds: number) {
    const stayMs = (tokenTtlSeconds + MAX_CLOCK_SKEW_SECONDS) * 1000;
    const sorted = keys.toSorted((a, b) => a.activatesAt.getTime() - b.activatesAt.getTime() || compare(a.kid, b.kid));
    this.places = sorted.map((key, index) => {
      const until = sorted[index + 1]?.activatesAt.getTime() ?? Infinity;
      return { key, from: key.activatesAt.getTime(), until, gone: until + stayMs };
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
    return this.places.find((place) => now.getTime() < place.gone)?.gone ?? Infinity;
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

  /** How many keys are in each published state: the metric `identity_signing_keys{state}`. */
  count(now: Date): Record<Exclude<KeyState, 'gone'>, number> {
    const counts = { next: 0, signing: 0, retired: 0, gone: 0 };
    for (const place of this.places) counts[stateOf(place, now.getTime())] += 1;
    return { next: counts.next, signing: counts.signing, retired: counts.retired };
  }
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
