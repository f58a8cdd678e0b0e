import { Injectable } from '@nestjs/common';
import type { EffectiveRule } from '../domain/check.js';
import type { Entity } from '../domain/definition.js';

/** What is granted to a subject and denied to it, through all of its roles. */
@Injectable()
export class EffectiveRules {
  /** @throws DomainError `database.unavailable` */
  of(subject: Entity): Promise<EffectiveRule[]> {
    return Promise.reject(new Error(`not built yet: ${subject.type}`));
  }
}
