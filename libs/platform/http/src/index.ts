export { accessOf, Basic, Bearer, Permission, Public } from './access.js';
export { ApiProblems, DATABASE_AWAY, IDS_AWAY } from './api-problems.js';
export { toAnswer, toPage } from './answers.js';
export { BASE_PATH } from './base-path.js';
export { configureHttp, createAdapter } from './configure-http.js';
export { ApiEventStream, beginEventStream } from './event-stream.js';
export { AcceptsForm } from './form-body.js';
export { headerValues } from './header-values.js';
export { HttpModule } from './http.module.js';
export { buildOpenApi, mountSwagger } from './openapi.js';
export {
  CurrentPrincipal,
  type Principal,
  principalOf,
  type ServicePrincipal,
  servicePrincipalOf,
  setPrincipal,
  setServicePrincipal,
} from './principal.js';
export { lastReply } from './wire-faults.js';
export { cursorSchema, idSchema, limitSchema, page, plainText, timeSchema } from './schemas.js';
