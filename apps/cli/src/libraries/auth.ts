export * from '@identity/auth';
