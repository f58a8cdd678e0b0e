import { join } from 'node:path';
import type {
  AppControllerRoute,
  AppViewRoute,
  BullBoardQueues,
  BullBoardRequest,
  ControllerHandlerReturnType,
  IServerAdapter,
  UIConfig,
} from '@bull-board/api/typings/app';

type Handler = (request: BullBoardRequest) => ControllerHandlerReturnType | Promise<ControllerHandlerReturnType>;

interface ReadRoute {
  pattern: RegExp;
  handle: Handler;
}

/** What bull-board would have a web framework serve: of its routes those that read, and no others. */
export class BoardRoutes implements IServerAdapter {
  statics = '';
  private views = '';
  private queues: BullBoardQueues = new Map();
  private uiConfig: UIConfig = {};
  private reads: ReadRoute[] = [];
  private entryRoute: AppViewRoute | undefined;
  private onError: ((error: Error) => ControllerHandlerReturnType) | undefined;

  /** Starts what answers a path below `/api`. @returns undefined where nothing that reads is there */
  read(path: string, query: Record<string, string>): Promise<{ status: number; body: unknown }> | undefined {
    for (const { pattern, handle } of this.reads) {
      const match = pattern.exec(path);
      if (match) return this.call(handle, { ...match.groups }, query);
    }
    return undefined;
  }

  isPage(path: string): boolean {
    return [this.entryRoute?.route ?? []].flat().some((route) => patternOf(route).test(path));
  }

  entry(basePath: string): { template: string; params: Record<string, string> } {
    if (!this.entryRoute) throw new Error('the board has no page');
    const { name, params } = this.entryRoute.handler({ basePath, uiConfig: this.uiConfig });
    return { template: join(this.views, name), params: { ...params } };
  }

  setQueues(queues: BullBoardQueues): this {
    this.queues = queues;
    return this;
  }

  setViewsPath(path: string): this {
    this.views = path;
    return this;
  }

  setStaticPath(_route: string, path: string): this {
    this.statics = path;
    return this;
  }

  setEntryRoute(route: AppViewRoute): this {
    this.entryRoute = route;
    return this;
  }

  setErrorHandler(handler: (error: Error) => ControllerHandlerReturnType): this {
    this.onError = handler;
    return this;
  }

  setApiRoutes(routes: AppControllerRoute[]): this {
    this.reads = routes
      .filter(({ method }) => [method].flat().every((one) => one === 'get'))
      .flatMap((route) =>
        [route.route].flat().map((path) => ({ pattern: patternOf(path), handle: (request) => route.handler(request) })),
      );
    return this;
  }

  setUIConfig(config: UIConfig): this {
    this.uiConfig = config;
    return this;
  }

  private async call(
    handle: Handler,
    named: Record<string, string>,
    query: Record<string, string>,
  ): Promise<{ status: number; body: unknown }> {
    const { queues, uiConfig } = this;
    try {
      const params = Object.fromEntries(Object.entries(named).map(([name, text]) => [name, decodeURIComponent(text)]));
      const { status = 200, body } = await handle({ queues, uiConfig, params, query, body: {}, headers: {} });
      return { status, body };
    } catch (error) {
      const { status = 500 } = this.onError?.(error as Error) ?? {};
      return { status, body: { error: 'The queue cannot be read.' } };
    }
  }
}

/** `/queue/:name` as a regular expression. */
function patternOf(route: string): RegExp {
  return new RegExp(`^${route.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}/?$`);
}
