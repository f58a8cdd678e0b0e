export * from '@platform/redis';
