export * from '@identity/policy';
