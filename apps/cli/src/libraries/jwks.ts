export * from '@identity/jwks';
