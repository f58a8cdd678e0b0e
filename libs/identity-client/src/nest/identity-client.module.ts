import {
  type DynamicModule,
  type InjectionToken,
  Inject,
  Module,
  type ModuleMetadata,
  type OnApplicationShutdown,
  type OptionalFactoryDependency,
  type Provider,
} from '@nestjs/common';
import { createPolicyClient, type PolicyClientOptions } from '../policy/policy-client.js';
import type { VerifierOptions } from '../token/options.js';
import { createVerifier, type Verifier } from '../token/verifier.js';
import { AccessTokenGuard } from './access-token.guard.js';
import { PermissionGuard } from './require-permission.js';
import { POLICY_CLIENT, VERIFIER } from './tokens.js';

const OPTIONS = Symbol('identity-client:options');

export interface IdentityClientOptions {
  verifier: VerifierOptions;
  /** For `@RequirePermission`, and to be injected as POLICY_CLIENT. */
  policies: PolicyClientOptions;
}

export interface IdentityClientAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  // oxlint-disable-next-line typescript/no-explicit-any -- what is injected is the caller's business, as in Nest itself
  useFactory: (...dependencies: any[]) => IdentityClientOptions | Promise<IdentityClientOptions>;
  inject?: (InjectionToken | OptionalFactoryDependency)[];
}

/** Verifier, policy client and guards for the whole application. */
@Module({})
export class IdentityClientModule implements OnApplicationShutdown {
  constructor(@Inject(VERIFIER) private readonly verifier: Verifier) {}

  static forRoot(options: IdentityClientOptions): DynamicModule {
    return dynamic({ provide: OPTIONS, useValue: options });
  }

  static forRootAsync({ imports, useFactory, inject = [] }: IdentityClientAsyncOptions): DynamicModule {
    return dynamic({ provide: OPTIONS, useFactory, inject }, imports);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.verifier.close();
  }
}

function dynamic(options: Provider, imports: ModuleMetadata['imports'] = []): DynamicModule {
  return {
    module: IdentityClientModule,
    global: true,
    imports,
    providers: [
      options,
      {
        provide: VERIFIER,
        inject: [OPTIONS],
        useFactory: ({ verifier }: IdentityClientOptions) => createVerifier(verifier),
      },
      {
        provide: POLICY_CLIENT,
        inject: [OPTIONS],
        useFactory: ({ policies }: IdentityClientOptions) => createPolicyClient(policies),
      },
      AccessTokenGuard,
      PermissionGuard,
    ],
    exports: [VERIFIER, POLICY_CLIENT, AccessTokenGuard, PermissionGuard],
  };
}
