export * from '@platform/config';
