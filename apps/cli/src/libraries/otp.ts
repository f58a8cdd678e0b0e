export * from '@identity/otp';
