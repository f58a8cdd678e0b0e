export * from '@platform/database';
