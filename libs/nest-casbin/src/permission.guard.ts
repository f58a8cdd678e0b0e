import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { PermissionDenied, UnknownSubject } from './errors.js';
import { type Permission, requiredPermission } from './require-permission.js';

/** Who asks? The application says. */
export abstract class SubjectResolver {
  /** @returns the subject as the policies name it, or undefined for nobody */
  abstract resolve(context: ExecutionContext): string | undefined | Promise<string | undefined>;
}

/** May they? The application says, by an enforcer of EnforcerFactory. */
export abstract class PermissionChecker {
  abstract isAllowed(subject: string, permission: Permission, context: ExecutionContext): boolean | Promise<boolean>;
}

/** Lets through what `@RequirePermission` allows. A route without it is not this guard's business. */
@Injectable()
export class PermissionGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly subjects: SubjectResolver,
    private readonly permissions: PermissionChecker,
  ) {}

  /** @throws UnknownSubject, PermissionDenied */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const permission = requiredPermission(this.reflector, context.getHandler(), context.getClass());
    if (!permission) return true;
    const subject = await this.subjects.resolve(context);
    if (subject === undefined) throw new UnknownSubject();
    if (!(await this.permissions.isAllowed(subject, permission, context))) throw new PermissionDenied(permission);
    return true;
  }
}
