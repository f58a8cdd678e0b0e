/** What CasbinModule is told. */
export interface CasbinOptions {
  /** A Casbin model, as text (https://casbin.org/docs/syntax-for-models). */
  model: string;
}

/** Injection token of the options. */
export const CASBIN_OPTIONS = Symbol('casbin-options');
