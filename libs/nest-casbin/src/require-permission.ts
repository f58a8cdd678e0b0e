import { Reflector } from '@nestjs/core';

/** What somebody wants to do with what. */
export interface Permission {
  object: string;
  action: string;
}

const Required = Reflector.createDecorator<Permission>();

/** A route, or each of a controller's, is for those who may do `action` with `object`. PermissionGuard enforces it. */
export const RequirePermission = (object: string, action: string) => Required({ object, action });

type Handler = Parameters<Reflector['get']>[1];

/** What a handler demands, or its class. */
export function requiredPermission(
  reflector: Reflector,
  handler: Handler,
  controller: Handler,
): Permission | undefined {
  return reflector.getAllAndOverride(Required, [handler, controller]);
}
