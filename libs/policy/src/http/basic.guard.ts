import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { accessOf, headerValues, setServicePrincipal } from '@platform/http';
import { requestContext } from '@platform/telemetry';
import { AuthorizeService } from '../application/authorize-service.js';
import { invalidServiceAccount } from '../application/invalid-service-account.js';
import type { LiveServiceAccount } from '../application/service-accounts.js';
import { basicCredentials } from './basic-credentials.js';

/** Lets a `@Basic` route be called by a service account that has its scope, and by nobody else. */
@Injectable()
export class BasicGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authorize: AuthorizeService,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const access = accessOf(this.reflector, context.getHandler(), context.getClass());
    if (access?.kind !== 'basic') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const credentials = basicCredentials(headerValues(request, 'authorization'));
    if (!credentials) throw invalidServiceAccount('This needs name and secret of a service account.');
    const account = this.authorize.execute(credentials, access.scope);
    const admit = (found: LiveServiceAccount) => this.admit(request, found, access.scope);
    return account instanceof Promise ? account.then(admit) : admit(account);
  }

  private admit(request: FastifyRequest, account: LiveServiceAccount, scope: string): true {
    const { id, name } = account;
    const stillMay = () => this.authorize.stillMay(account, scope);
    setServicePrincipal(request, { serviceAccountId: id, name, stillMay });
    const log = requestContext();
    if (log.requestId) log.serviceAccount = name;
    return true;
  }
}
