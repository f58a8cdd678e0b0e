import { ForbiddenException, UnauthorizedException } from '@nestjs/common';
import type { Permission } from './require-permission.js';

/** A model that Casbin cannot read, or that cannot be enforced synchronously. */
export class InvalidModel extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(`The Casbin model is not usable: ${reason}.`, options);
    this.name = 'InvalidModel';
  }
}

/** A policy line that the model has no place for. */
export class InvalidPolicyLine extends Error {
  constructor(
    readonly line: readonly string[],
    reason: string,
  ) {
    super(`The policy line "${line.join(', ')}" is not usable: ${reason}.`);
    this.name = 'InvalidPolicyLine';
  }
}

/** A request that the model does not describe. */
export class InvalidRequest extends Error {
  constructor(reason: string) {
    super(`The request cannot be decided: ${reason}.`);
    this.name = 'InvalidRequest';
  }
}

/** Nobody is known to ask: 401. */
export class UnknownSubject extends UnauthorizedException {
  constructor() {
    super('Who asks is not known.');
    this.name = 'UnknownSubject';
  }
}

/** Whoever asks may not: 403. */
export class PermissionDenied extends ForbiddenException {
  constructor(readonly permission: Permission) {
    super(`This wants the permission to ${permission.action} ${permission.object}.`);
    this.name = 'PermissionDenied';
  }
}
