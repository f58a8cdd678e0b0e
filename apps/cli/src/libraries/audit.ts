export * from '@platform/audit';
