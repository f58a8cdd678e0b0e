import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { accessOf, principalOf } from '@platform/http';
import { DomainError } from '@platform/kernel';
import { CheckPolicies } from '../application/check-policies.js';

/** Lets a `@Permission` route be called by whom the policies allow it. Behind the guard that verifies the token. */
@Injectable()
export class PermissionGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly policies: CheckPolicies,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const access = accessOf(this.reflector, context.getHandler(), context.getClass());
    if (access?.kind !== 'permission') return true;
    const { userId } = principalOf(context.switchToHttp().getRequest<FastifyRequest>());
    return this.admit(userId, access.object, access.action);
  }

  private async admit(userId: string, object: string, action: string): Promise<true> {
    const { allowed } = await this.policies.one({ subject: { type: 'User', id: userId }, object, action });
    if (!allowed) {
      const message = `This wants the permission to ${action} ${object}.`;
      throw new DomainError({ code: 'policy.permission-denied', kind: 'forbidden', message });
    }
    return true;
  }
}
