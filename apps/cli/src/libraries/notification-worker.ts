export * from '@identity/notification/worker';
