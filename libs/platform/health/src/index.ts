export { HealthModule, type ReadinessChecks } from './health.module.js';
