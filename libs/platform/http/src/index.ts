export { type Access, accessOf, assertRoutesDeclared, Bearer, Public } from './access.js';
export { ApiProblems } from './api-problems.js';
export { BASE_PATH } from './base-path.js';
export { configureHttp, createAdapter } from './configure-http.js';
export { HttpModule } from './http.module.js';
export { buildOpenApi, mountSwagger } from './openapi.js';
export { CurrentPrincipal, type Principal, principalOf, setPrincipal } from './principal.js';
export { PROBLEM_CONTENT_TYPE, toProblem } from './problem.js';
export { cursorSchema, idSchema, page, plainText, timeSchema } from './schemas.js';
