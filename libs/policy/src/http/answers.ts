import type { Principal } from '@platform/http';
import type { Actor } from '../application/actor.js';

export function toActor({ userId }: Principal): Actor {
  return { type: 'user', id: userId };
}
