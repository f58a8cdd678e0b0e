export * from '@identity/notification';
