import { ConfigurableModuleBuilder, Module, type Provider, type Type } from '@nestjs/common';
import { CASBIN_OPTIONS, type CasbinOptions } from './casbin-options.js';
import { EnforcerFactory } from './enforcer-factory.js';
import { PermissionChecker, PermissionGuard, SubjectResolver } from './permission.guard.js';

/** What is fixed when the module is declared. Both classes may inject EnforcerFactory and what `imports` export. */
interface Extras {
  isGlobal?: boolean;
  /** Needed for PermissionGuard, together with `permissionChecker`. */
  subjectResolver?: Type<SubjectResolver>;
  permissionChecker?: Type<PermissionChecker>;
}

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<CasbinOptions>({
  optionsInjectionToken: CASBIN_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setExtras<Extras>({}, (definition, { isGlobal = false, subjectResolver, permissionChecker }) => {
    const guard: Provider[] =
      subjectResolver && permissionChecker
        ? [
            { provide: SubjectResolver, useClass: subjectResolver },
            { provide: PermissionChecker, useClass: permissionChecker },
            PermissionGuard,
          ]
        : [];
    return {
      ...definition,
      global: isGlobal,
      providers: [...(definition.providers ?? []), ...guard],
      exports: [EnforcerFactory, ...(guard.length > 0 ? [SubjectResolver, PermissionChecker, PermissionGuard] : [])],
    };
  })
  .build();

/** Casbin for Nest: `forRoot({ model })` or `forRootAsync({ useFactory })`. */
@Module({ providers: [EnforcerFactory] })
export class CasbinModule extends ConfigurableModuleClass {}
