import { Injectable } from '@nestjs/common';
import type { EffectiveRule } from '../domain/check.js';
import type { Entity } from '../domain/definition.js';
import { effectiveRules } from '../domain/effective-rules.js';
import { Policies } from './policies.js';

/** What is granted to a subject and denied to it, through all of its roles. */
@Injectable()
export class EffectiveRules {
  constructor(private readonly policies: Policies) {}

  /** @throws DomainError `database.unavailable` */
  async of(subject: Entity): Promise<EffectiveRule[]> {
    const [found] = await this.policies.slices([subject]);
    return found ? effectiveRules(found.slice) : [];
  }
}
