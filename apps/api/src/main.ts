import 'reflect-metadata';
import { loadSettings } from '@platform/config';
import { exitOnBootFailure, logUncaughtErrors } from '@platform/telemetry';
import { createApp } from './bootstrap.js';

logUncaughtErrors('api');
try {
  const settings = loadSettings();
  const app = await createApp(settings);
  await app.listen(settings.http.port, settings.http.host);
} catch (error) {
  exitOnBootFailure(error, 'api');
}
