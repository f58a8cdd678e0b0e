import 'reflect-metadata';
import { loadSettings } from '@platform/config';
import { exitOnBootFailure } from '@platform/telemetry';
import { createApp } from './bootstrap.js';

try {
  const settings = loadSettings();
  const app = await createApp(settings);
  await app.listen(settings.http.port, settings.http.host);
} catch (error) {
  exitOnBootFailure(error, 'api');
}
