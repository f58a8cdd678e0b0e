import {
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { RequestRefusedError, ServiceUnavailableError, UnauthorizedError } from '../errors.js';
import type { PolicyClient } from '../policy/policy-client.js';
import { read } from './metadata.js';
import { principalOf } from './principals.js';
import { forbidden, unauthorized, unavailable } from './refusals.js';
import { POLICY_CLIENT } from './tokens.js';

const PERMISSION = Symbol('identity-client:permission');

/** What a route demands. */
interface Demand {
  object: string;
  action: string;
  /** The domain that the request is about, for example `Shop_7`; nowhere in particular when it gives none. */
  // oxlint-disable-next-line typescript/no-explicit-any -- Express's and Fastify's requests have no type in common
  domain?: (request: any) => string | undefined;
}

/** Asks the policies whether the caller may; behind AccessTokenGuard, which says who calls. */
@Injectable()
export class PermissionGuard implements CanActivate {
  constructor(@Inject(POLICY_CLIENT) private readonly policies: PolicyClient) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const demand = read(context, PERMISSION) as Demand | undefined;
    if (!demand) return true;
    const principal = principalOf(context);
    if (!principal) throw unauthorized(context, false);
    const domain = demand.domain?.(context.switchToHttp().getRequest());
    const { object, action } = demand;
    const check = { subject: { type: 'User', id: principal.userId }, object, action, ...(domain && { domain }) };
    if (!(await this.ask(context, check))) throw forbidden();
    return true;
  }

  private async ask(context: ExecutionContext, check: Parameters<PolicyClient['check']>[0]): Promise<boolean> {
    try {
      return (await this.policies.check(check)).allowed;
    } catch (error) {
      if (error instanceof ServiceUnavailableError || error instanceof UnauthorizedError) {
        throw unavailable(context, error);
      }
      // The caller wrote the domain: what can be none is one where he may do nothing.
      if (error instanceof RequestRefusedError && check.domain !== undefined) throw forbidden();
      throw error;
    }
  }
}

/**
 * What a route, or each route of a controller, demands of its caller: 403 for who may not, 503 while nobody can tell.
 * @param object the code of a permission, for example `orders.items`
 * @param domain where in the request the domain is, for example `(request) => 'Shop_' + request.params.shopId`
 */
export const RequirePermission = (object: string, action: string, domain?: Demand['domain']) =>
  applyDecorators(SetMetadata(PERMISSION, { object, action, domain }), UseGuards(PermissionGuard));
