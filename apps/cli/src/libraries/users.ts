export * from '@identity/users';
